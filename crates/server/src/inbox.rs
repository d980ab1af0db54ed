//! What is sent to be stored. Requests wait in a queue that is bounded in bytes; one thread takes all that wait and stores them in one commit.
//!
//! Whoever finds the queue full is told at once when to try again: under pressure answers are refused, and memory does not grow. Nothing is answered before
//! it is on the disk.

use crate::problem::Problem;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tertius::posted::{Answer, Posted};
use tertius::{ErrorKind, Workspace};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Bytes of a body, at most.
pub const BODY: usize = 8 << 20;
/// Bytes of all bodies under way, at most, and the unit in which they are counted.
const QUEUE: usize = 64 << 20;
const UNIT: usize = 1 << 10;
/// Bytes of a commit, about.
const COMMIT: usize = 16 << 20;
/// Seconds after which another try is worth it.
const AGAIN: u64 = 1;

/// A body that is longer than it may be.
pub fn too_large(most: usize) -> Problem {
    let detail = format!("the body is larger than {most} bytes; send it in several");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The whole of a body, if it arrives in time and is no longer than it may be.
pub async fn whole(body: Body, most: usize, patience: Duration) -> Result<Bytes, Problem> {
    match tokio::time::timeout(patience, to_bytes(body, most)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) => {
            let why = std::error::Error::source(&error).map(ToString::to_string);
            Err(match why.is_some_and(|why| why.contains("length limit")) {
                true => too_large(most),
                false => Problem::bad("the body did not arrive whole"),
            })
        }
        Err(_) => {
            let seconds = patience.as_secs();
            let detail = format!("the body did not arrive within {seconds} seconds");
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
        }
    }
}

/// A request's share of the queue.
pub struct Room(#[expect(dead_code, reason = "held until the answer")] OwnedSemaphorePermit);

struct Waiting {
    posted: Posted,
    room: Room,
    answer: oneshot::Sender<Result<Option<Answer>, ErrorKind>>,
}

/// The queue.
pub struct Inbox {
    room: Arc<Semaphore>,
    workspace: Workspace,
    /// To the thread that stores; begun with the first request, since what only reads needs none.
    thread: Mutex<Option<Sender<Waiting>>>,
}

impl Inbox {
    /// That of a workspace.
    pub fn of(workspace: &Workspace) -> tertius::Result<Inbox> {
        let workspace = workspace.reopened()?;
        let room = Arc::new(Semaphore::new(QUEUE / UNIT));
        Ok(Inbox { room, workspace, thread: Mutex::default() })
    }

    /// The workspace.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Room for a body of so many bytes, before it is read.
    pub fn room(&self, bytes: usize) -> Result<Room, Problem> {
        let units = u32::try_from(bytes.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX);
        match self.room.clone().try_acquire_many_owned(units) {
            Ok(room) => Ok(Room(room)),
            Err(_) => {
                let detail = "too much waits to be stored; send it again in a moment";
                Err(Problem::busy(detail, AGAIN))
            }
        }
    }

    /// Stores the rows; nothing where their name was given to another body. They are on the disk when this returns.
    pub async fn store(&self, posted: Posted, room: Room) -> Result<Option<Answer>, Problem> {
        let (answer, answered) = oneshot::channel();
        self.send(Waiting { posted, room, answer });
        match answered.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(ErrorKind::Full)) => Err(Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "the disk is full and nothing of this was stored; tell the operator, and send it again",
            )),
            // The thread has said why.
            Ok(Err(_)) | Err(_) => {
                let detail = "this could not be stored, and nothing of it was; send it again";
                Err(Problem::busy(detail, AGAIN))
            }
        }
    }

    fn send(&self, waiting: Waiting) {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = match &*thread {
            Some(sender) => match sender.send(waiting) {
                Ok(()) => return,
                // It broke off; another one takes its place.
                Err(unsent) => unsent.0,
            },
            None => waiting,
        };
        let workspace = match self.workspace.reopened() {
            Ok(workspace) => workspace,
            Err(error) => {
                // Whoever waits hears that nothing came of it.
                log::error!("nothing can be stored: {error}");
                return;
            }
        };
        let (sender, waits) = channel();
        let begun = std::thread::Builder::new().name("inbox".to_owned());
        match begun.spawn(move || store(&workspace, &waits)) {
            Ok(_) => {
                // The receiver lives in the thread that just began.
                let _sent = sender.send(waiting);
                *thread = Some(sender);
            }
            Err(error) => log::error!("no thread to store what is sent: {error}"),
        }
    }
}

/// Stores what waits, group by group, until there is nobody left to send.
fn store(workspace: &Workspace, waits: &Receiver<Waiting>) {
    let mut open = None;
    while let Ok(first) = waits.recv() {
        let (mut bytes, mut group) = (first.posted.bytes(), vec![first]);
        while bytes < COMMIT
            && let Ok(next) = waits.try_recv()
        {
            bytes += next.posted.bytes();
            group.push(next);
        }
        let mut posted = Vec::with_capacity(group.len());
        let mut senders = Vec::with_capacity(group.len());
        for Waiting { posted: one, room, answer } in group {
            posted.push(one);
            senders.push((answer, room));
        }
        let inbox = match open.take() {
            Some(inbox) => Ok(inbox),
            None => workspace.inbox(),
        };
        let taken = inbox.and_then(|mut inbox| Ok((inbox.take(posted)?, inbox)));
        // Nobody may be waiting any more.
        match taken {
            Ok((answers, inbox)) => {
                open = Some(inbox);
                for ((sender, _room), answer) in senders.into_iter().zip(answers) {
                    let _heard = sender.send(Ok(answer));
                }
            }
            Err(error) => {
                log::error!("{} requests could not be stored: {error}", senders.len());
                for (sender, _room) in senders {
                    let _heard = sender.send(Err(error.kind()));
                }
            }
        }
    }
}
