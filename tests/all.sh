#!/usr/bin/env bash
# Runs every test and ends with one line, `N passed, M failed`; exits with 0 when M is 0.
#
# A step that fails does not keep the others from running. A step that breaks without the
# result of a single failed test (it does not build, it is killed) counts as one failure.
#
#   tests/all.sh                     everything
#   HEPTAD_TESTS=quick tests/all.sh  `cargo test` and the documentation's examples only
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The wrapper and the sanitizer set their own flags; inherited ones would make a second graph.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WORKSPACE_WRAPPER
export CARGO_TERM_COLOR=never RUST_BACKTRACE=${RUST_BACKTRACE:-1}
target=${CARGO_TARGET_DIR:-$PWD/target}
logs=$target/all-tests
passed=0
failed=0
broken=()

# ---- what the system must provide -----------------------------------------------------------

# need PROGRAM PACKAGE: installs PACKAGE with apt when PROGRAM is not there.
need() {
    command -v "$1" >/dev/null && return
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    command -v apt-get >/dev/null || {
        echo "tests/all.sh: $1 is missing; install it (Debian: $2)" >&2
        exit 1
    }
    echo "== install $2 (for $1)"
    "${sudo[@]}" apt-get update -q
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -qy --no-install-recommends "$2"
}

need cc gcc # the linker of rustc

# ---- running and counting -------------------------------------------------------------------

# step NAME COMMAND..: runs it, and adds up the results of all test programs it ran.
step() {
    local name=$1 log rc=0 begin=$SECONDS ok bad
    shift
    log=$logs/${name//[^A-Za-z0-9]/-}.log
    echo
    echo "== $name"
    "$@" </dev/null 2>&1 | tee "$log" || rc=${PIPESTATUS[0]}
    read -r ok bad < <(awk '/^test result: / { for (i = 2; i <= NF; i++) {
            if ($i ~ /^passed;?$/) ok += $(i - 1); if ($i ~ /^failed;?$/) bad += $(i - 1) } }
        END { print ok + 0, bad + 0 }' "$log")
    if [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
        broken+=("$name: ended with status $rc before a test had failed")
    elif [ "$rc" -eq 0 ] && [ "$ok" -eq 0 ]; then
        bad=1
        broken+=("$name: ran no test")
    elif [ "$bad" -ne 0 ]; then
        broken+=("$name: $bad failed")
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    echo "== $name: $ok passed, $bad failed, $((SECONDS - begin)) s"
}

# The integration tests whose names match a pattern, as arguments for cargo.
tests_named() {
    local path name
    for path in tests/*.rs tests/*/main.rs; do
        name=${path#tests/}
        name=${name%/main.rs}
        name=${name%.rs}
        [[ -e $path && $name =~ $1 ]] && printf -- '--test\n%s\n' "$name"
    done
    return 0
}

# Whether this machine can run code under the address sanitizer.
has_sanitizer() {
    case $(rustc -vV | sed -n 's/^host: //p') in
    x86_64-unknown-linux-gnu | aarch64-unknown-linux-gnu) ;;
    *) return 1 ;;
    esac
}

# Collections and atoms with real memory: every access and every leak is checked.
sanitized() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    # The sanitizer is an unstable flag of a stable compiler. Naming the target keeps it away from
    # build scripts and procedural macros.
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address \
        PROPTEST_CASES=${PROPTEST_CASES:-64} ASAN_OPTIONS=detect_leaks=1 \
        cargo test --no-fail-fast --target "$host" --target-dir "$target/asan" "$@"
}

mkdir -p "$logs"

# ---- the tests ------------------------------------------------------------------------------

step "cargo test" cargo test --no-fail-fast
if [ "${HEPTAD_TESTS:-all}" != quick ]; then
    if [ -n "$(.ci/features)" ]; then
        step "cargo test --all-features" cargo test --no-fail-fast --all-features
    fi

    # Nodes so small that splits, merges and collisions are common.
    mapfile -t collections < <(tests_named '^(hash_|regressions_)')
    step "small nodes" .ci/with-cfg heptad_small_nodes -- \
        cargo test --no-fail-fast --lib "${collections[@]}"

    # The reclaimer of the platforms that have no fast one, which this one may have.
    mapfile -t identities < <(tests_named '^(atom_|agent_|identity_contract|observers_|metrics_)')
    step "portable reclaimer" .ci/with-cfg heptad_portable -- \
        cargo test --no-fail-fast --lib "${identities[@]}"

    # Programs written for the peers, and for imbl in particular, on heptad.
    # They are named, because plain `cargo test` leaves them out: they build the peers.
    step "the bench's member" cargo test --no-fail-fast -p heptad-versus --test '*'

    if has_sanitizer; then
        mapfile -t modelled < <(tests_named '^hash_.*_(model|panics|liars|layouts)$')
        # Left out: tests whose destructors panic. The compiler leaks what a function returns when
        # a destructor panics at its end; double drops are counted by the tests themselves.
        step "address sanitizer" sanitized "${modelled[@]}" -- --skip panicking_destructors
        # For the same reason without `atom_drop_panics`. Where reads meet writers, thread ends and
        # guards that are never dropped, a node that is freed too early shows here.
        mapfile -t atoms < <(tests_named '^atom_(drops|linearizable|lost_update|nesting|panics|protection|thread_end)$')
        step "address sanitizer, atoms" sanitized "${atoms[@]}"
        mapfile -t agents < <(tests_named '^(agent_(drops|executors|failure|held_sends|model|order|queue|stress|waiting)|identity_contract|observers_model)$')
        step "address sanitizer, agents" sanitized "${agents[@]}" -- --skip panicking_destructors
    else
        echo "== address sanitizer: not on this platform"
    fi
fi

echo
for line in ${broken[@]+"${broken[@]}"}; do
    echo "FAILED $line"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
