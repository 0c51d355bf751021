//! What `boundary!` and `mutant!` are in a build with the feature and in one without.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use stoa_types::{boundary, mutant};

/// What it comes to; it waits for nobody.
fn end_of<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(work).poll(&mut context) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

#[test]
fn a_boundary_is_its_expression() {
    let sum = async { boundary!("types.test.sum", 1 + 1) };
    assert_eq!(end_of(sum), Some(2));
    let early = async {
        boundary!("types.test.early", Err("no"))?;
        Ok(())
    };
    assert_eq!(end_of(early), Some(Err("no")));
}

#[test]
fn nothing_is_forgotten_unless_asked() {
    let forgotten = mutant!("types.test.no_lock");
    assert!(!forgotten);
}

/// The name of a boundary must not be in a binary that was built without the feature: the running test
/// reads its own file. The name is put together here, so that this test does not hold it either.
#[cfg(not(feature = "crash-points"))]
#[test]
fn the_names_are_not_in_the_binary() -> std::io::Result<()> {
    let image = std::fs::read(std::env::current_exe()?)?;
    for name in ["sum", "early", "no_lock"] {
        let name = ["types", "test", name].join(".");
        let found = image
            .windows(name.len())
            .any(|window| window == name.as_bytes());
        assert!(!found, "{name} is in the binary");
    }
    for variable in ["CRASH_AT", "CRASH_PLAN", "CLOCK_OFFSET", "MUTANT"] {
        let variable = ["STOA", variable].join("_");
        assert!(
            !image
                .windows(variable.len())
                .any(|window| window == variable.as_bytes()),
            "{variable} is in the binary"
        );
    }
    Ok(())
}

/// Runs this test binary again with a plan and sees it die with its own status, at that side, that time.
#[cfg(feature = "crash-points")]
mod armed {
    #![expect(
        clippy::disallowed_methods,
        reason = "the child is told by its environment that it is one"
    )]

    use std::path::Path;
    use std::process::Command;

    use stoa_types::crash::{EXIT_STATUS, fault};
    use stoa_types::{boundary, mutant};

    use super::end_of;

    const CHILD: &str = "STOA_TYPES_TEST_CHILD";

    fn child(variable: &str, plan: &str) -> std::io::Result<(Option<i32>, String)> {
        let out = Command::new(std::env::current_exe()?)
            .args(["--exact", "armed::the_child", "--nocapture"])
            .env(CHILD, "1")
            .env(variable, plan)
            .env("STOA_MUTANT", "types.test.a, types.test.b")
            .output()?;
        Ok((
            out.status.code(),
            String::from_utf8_lossy(&out.stderr).into_owned(),
        ))
    }

    #[test]
    fn the_child() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        assert!(mutant!("types.test.b") && !mutant!("types.test.c"));
        for round in 1..=3 {
            let step = async {
                boundary!("types.test.step", {
                    let inner = boundary!("types.test.inner", fault());
                    assert_eq!(inner, None, "it is not what the plan names");
                    eprintln!("step {round} {:?} {:?}", fault(), fault());
                })
            };
            end_of(step);
            assert_eq!(fault(), None, "only within the boundary");
        }
    }

    #[test]
    fn it_goes_wrong_where_the_plan_says() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("stoa-plan-{}", std::process::id()));
        for (plan, expected) in [
            ("types.test.step:lost", [Some("Lost"), None, None]),
            ("types.test.step:twice:2", [None, Some("Twice"), None]),
            ("types.test.step:twice:4", [None, None, None]),
        ] {
            let steps = expected.iter().enumerate().map(|(round, fault)| {
                let fault = fault.map_or("None".to_owned(), |fault| format!("Some({fault})"));
                format!("step {} {fault} None", round + 1)
            });
            let steps: Vec<String> = steps.collect();
            let (code, text) = child("STOA_CRASH_AT", plan)?;
            assert_eq!(code, Some(0), "{plan}: {text}");
            assert!(
                steps.iter().all(|step| text.contains(step)),
                "{plan}: {text}"
            );
            let happens = expected.iter().any(Option::is_some);
            std::fs::write(&folder, plan)?;
            let (_, text) = child("STOA_CRASH_PLAN", &folder.to_string_lossy())?;
            assert!(
                steps.iter().all(|step| text.contains(step)),
                "{plan}: {text}"
            );
            assert_eq!(
                Path::new(&folder).exists(),
                !happens,
                "it is gone when it has happened"
            );
        }
        let _left = std::fs::remove_file(&folder);
        Ok(())
    }

    #[test]
    fn it_dies_where_the_plan_says() -> std::io::Result<()> {
        for (plan, status, steps) in [
            ("types.test.step:before", Some(EXIT_STATUS), 0),
            ("types.test.step:after", Some(EXIT_STATUS), 1),
            ("types.test.step:before:3", Some(EXIT_STATUS), 2),
            ("types.test.step:after:3", Some(EXIT_STATUS), 3),
            ("types.test.step:after:4", Some(0), 3),
            ("types.test.other:after", Some(0), 3),
            ("types.test.step:sideways", Some(64), 0),
        ] {
            let (code, text) = child("STOA_CRASH_AT", plan)?;
            assert_eq!(
                (code, text.matches("step ").count()),
                (status, steps),
                "{plan}"
            );
        }
        Ok(())
    }
}
