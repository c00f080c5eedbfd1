//! The progress bar. It is drawn only when standard error is a terminal; elsewhere all of this
//! does nothing, so a log holds no control characters.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// One bar, shared by all threads.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar that is full after `flights` flights.
    pub(crate) fn new(flights: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(flights as u64), ProgressDrawTarget::stderr());
        // A wrong template would be a mistake in the line below: then the default bar is drawn.
        if let Ok(style) = ProgressStyle::with_template(
            "{prefix} [{bar:30}] {human_pos}/{human_len} flights  {wide_msg}",
        ) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    /// Starts again from empty, for the given repetition.
    pub(crate) fn start(&self, repetition: u64) {
        self.0.set_prefix(format!("repetition {repetition}"));
        self.0.set_position(0);
    }

    pub(crate) fn advance(&self, flights: usize) {
        self.0.inc(flights as u64);
    }

    /// Shows what changed beside the bar.
    pub(crate) fn say(&self, text: &str) {
        self.0.set_message(text.to_owned());
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
