//! Who is meant by a handle, and who is not.

use ledger::{Ledger, Options};
use model::{Batch, Interaction, ProfileField, Rules, Time};
use std::path::Path;
use std::sync::Arc;
use tertius::forget::Receipt;
use tertius::{ErrorKind, Result, Workspace};

/// Two accounts: 88 was called `zara` and is `zara_91` now; 99 took `shared` over from 88.
fn fill(dir: &Path) {
    let rules = Rules::at(Time::now());
    let mut batch = Batch::default();
    for (i, (actor, target)) in [("88", "5"), ("99", "5"), ("5", "6")].into_iter().enumerate() {
        let row = Interaction::new(Time(i as i64), "forum", "like", actor, Some(target));
        let text = "ask @shared, @zara_91 or @zara";
        batch.push(&Interaction { text: Some(text), ..row }, &rules).unwrap();
    }
    for (id, handle, at) in
        [("88", "zara", 1), ("88", "shared", 2), ("88", "zara_91", 3), ("99", "shared", 4)]
    {
        batch.profile("forum", id, ProfileField::Handle, handle, Time(at), &rules);
    }
    let mut writer = Ledger::open(dir).unwrap().writer(Options::default()).unwrap();
    writer.push(batch).unwrap();
    while writer.finish().unwrap().is_some() {}
}

fn forget(dir: &Path, asked: &str) -> Result<Receipt> {
    Workspace::open(dir).unwrap().forget(&[asked.to_owned()], false, Arc::new(|_| {}))
}

fn texts(dir: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    let view = ledger::View::open(dir).unwrap();
    view.sorted_rows(&mut |row| {
        texts.push(row.text.unwrap_or_default().to_owned());
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    texts
}

#[test]
fn an_old_handle_is_answered_with_whose_it_was_and_erases_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let dir = &dir.path().join("workspace");
    fill(dir);
    let error = forget(dir, "forum:zara").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let message = error.to_string();
    assert!(
        message.contains("old handle") && message.contains("tertius forget forum:88"),
        "{message}"
    );
    assert_eq!(texts(dir).len(), 3);
}

#[test]
fn a_handle_that_went_to_somebody_else_is_theirs() {
    let dir = tempfile::tempdir().unwrap();
    let dir = &dir.path().join("workspace");
    fill(dir);
    let receipt = forget(dir, "forum:zara_91").unwrap();
    assert_eq!((receipt.accounts, receipt.interactions, receipt.redacted), (1, 1, 2));
    assert_eq!(texts(dir), ["ask @shared, @[erased] or @[erased]"; 2]);
    let view = ledger::View::open(dir).unwrap();
    assert_eq!(view.find_handle("forum", "shared").unwrap().map(|a| a.id), Some("99".to_owned()));
    assert_eq!(view.find_handle("forum", "zara_91").unwrap(), None);
    drop(view);
    let again = forget(dir, "forum:88").unwrap();
    assert_eq!((again.erasure, again.asked[0].state), (None, "erased before"));
    // By the handle, too, since other sources may know no other name.
    assert_eq!(forget(dir, "forum:zara").unwrap().asked[0].state, "erased before");
    assert_eq!(forget(dir, "forum:shared").unwrap().accounts, 1);
}
