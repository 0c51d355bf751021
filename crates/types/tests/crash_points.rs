//! What `boundary!` and `mutant!` are in a build with the feature and in one without.

use stoa_types::{boundary, mutant};

#[test]
fn a_boundary_is_its_expression() {
    let sum = boundary!("types.test.sum", 1 + 1);
    assert_eq!(sum, 2);
    let early: Result<i32, &str> = (|| {
        let value = boundary!("types.test.early", Err("no")?);
        Ok(value)
    })();
    assert_eq!(early, Err("no"));
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
    for variable in [["STOA", "CRASH_AT"].join("_"), ["STOA", "MUTANT"].join("_")] {
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

    use std::process::Command;

    use stoa_types::{boundary, crash::EXIT_STATUS, mutant};

    const CHILD: &str = "STOA_TYPES_TEST_CHILD";

    fn child(plan: &str) -> std::io::Result<(Option<i32>, String)> {
        let out = Command::new(std::env::current_exe()?)
            .args(["--exact", "armed::the_child", "--nocapture"])
            .env(CHILD, "1")
            .env("STOA_CRASH_AT", plan)
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
            boundary!("types.test.step", eprintln!("step {round}"));
        }
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
            let (code, text) = child(plan)?;
            assert_eq!(
                (code, text.matches("step ").count()),
                (status, steps),
                "{plan}"
            );
        }
        Ok(())
    }
}
