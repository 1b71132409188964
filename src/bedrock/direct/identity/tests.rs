use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_smithy_async::test_util::ManualTimeSource;
use futures_util::future::join_all;

use super::*;

/// Gives what it is told to, after a moment; the last of it again and again.
#[derive(Debug)]
struct Provider {
    gives: Mutex<VecDeque<Result<Credentials, &'static str>>>,
    asked: AtomicUsize,
}

struct Fixture {
    provider: Arc<Provider>,
    time: ManualTimeSource,
    keys: Arc<Keys>,
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut gives = self.gives.lock().unwrap();
        let given = if gives.len() > 1 { gives.pop_front() } else { gives.front().cloned() }.unwrap();
        future::ProvideCredentials::new(async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            given.map_err(CredentialsError::provider_error)
        })
    }
}

const START: SystemTime = SystemTime::UNIX_EPOCH;

fn ending(name: &str, seconds: u64) -> Credentials {
    Credentials::new(name, "secret", None, Some(START + Duration::from_secs(seconds)), "test")
}

fn endless(name: &str) -> Credentials {
    Credentials::new(name, "secret", None, None, "test")
}

fn fixture(gives: impl IntoIterator<Item = Result<Credentials, &'static str>>) -> Fixture {
    let provider =
        Arc::new(Provider { gives: Mutex::new(gives.into_iter().collect()), asked: AtomicUsize::new(0) });
    let time = ManualTimeSource::new(START);
    let scope = Scope { region: "us-east-1".to_owned(), service: "bedrock".to_owned() };
    let source = SharedCredentialsProvider::from(Arc::clone(&provider) as Arc<dyn ProvideCredentials>);
    let keys = Keys::new(Some(source), scope, SharedTimeSource::new(time.clone()));
    Fixture { provider, time, keys: Arc::new(keys) }
}

impl Fixture {
    async fn name(&self) -> String {
        self.keys.signer().await.unwrap().credentials().access_key_id().to_owned()
    }

    fn asked(&self) -> usize {
        self.provider.asked.load(Ordering::SeqCst)
    }

    /// Lets time pass, for renewals that are under way too.
    async fn pass(&self, seconds: u64) {
        self.time.advance(Duration::from_secs(seconds));
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn many_calls_wait_for_one_question() {
    let all = fixture([Ok(ending("a", 3600))]);
    let names = join_all((0..100).map(|_| all.name())).await;
    assert!(names.iter().all(|name| name == "a"));
    assert_eq!(all.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_by_those_who_waited_and_not_kept() {
    let all = fixture([Err("gone"), Ok(ending("a", 3600))]);
    let failed = join_all((0..100).map(|_| all.keys.signer())).await;
    assert!(failed.iter().all(|outcome| outcome.as_ref().err().unwrap().message.contains("gone")));
    assert_eq!(all.asked(), 1);
    assert_eq!(all.name().await, "a");
}

#[tokio::test(start_paused = true)]
async fn they_are_renewed_ahead_of_their_end_while_calls_go_on() {
    let all = fixture([Ok(ending("a", 3600)), Ok(ending("b", 7200))]);
    assert_eq!(all.name().await, "a");
    all.pass(3290).await;
    assert_eq!((all.name().await, all.asked()), ("a".to_owned(), 1));
    all.pass(20).await;
    // 290 seconds before the end: this call goes on with what is there, and another question is under way.
    let began = Instant::now();
    assert_eq!(all.name().await, "a");
    assert_eq!(began.elapsed(), Duration::ZERO);
    join_all((0..50).map(|_| all.name())).await;
    all.pass(0).await;
    assert_eq!((all.name().await, all.asked()), ("b".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_that_fails_is_tried_again_and_hurts_nobody_before_the_end() {
    let all = fixture([Ok(ending("a", 3600)), Err("gone"), Err("gone"), Ok(ending("b", 7200))]);
    all.name().await;
    all.pass(3400).await;
    for (passes, asked) in [(0, 2), (10, 2), (25, 3), (10, 3)] {
        all.pass(passes).await;
        assert_eq!(all.name().await, "a");
        all.pass(0).await;
        assert_eq!(all.asked(), asked);
    }
    all.pass(150).await;
    // Five seconds before the end nobody signs with them any more: this call waits for others.
    assert_eq!((all.name().await, all.asked()), ("b".to_owned(), 4));
}

#[tokio::test(start_paused = true)]
async fn those_without_an_end_are_looked_at_again_now_and_then() {
    let all = fixture([Ok(endless("a")), Ok(endless("a")), Ok(endless("b"))]);
    let first = all.keys.signer().await.unwrap();
    for (name, asked) in [("a", 2), ("b", 3)] {
        all.pass(16 * 60).await;
        all.name().await;
        all.pass(0).await;
        assert_eq!((all.name().await, all.asked()), (name.to_owned(), asked));
        if name == "a" {
            assert!(Arc::ptr_eq(&first, &all.keys.signer().await.unwrap()), "its derived key is kept");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn others_are_found_in_place_of_those_that_are_refused() {
    let all = fixture([Ok(ending("a", 3600)), Ok(ending("b", 7200))]);
    let refused = all.keys.signer().await.unwrap();
    let others = join_all((0..50).map(|_| all.keys.instead_of(&refused))).await;
    assert!(others.iter().all(|other| other.as_ref().unwrap().credentials().access_key_id() == "b"));
    assert_eq!((all.name().await, all.asked()), ("b".to_owned(), 2));
}

#[tokio::test(start_paused = true)]
async fn those_that_are_refused_for_good_are_not_asked_about_by_every_call() {
    let all = fixture([Ok(endless("a"))]);
    let refused = all.keys.signer().await.unwrap();
    for asked in [2, 2, 2, 3] {
        let others = join_all((0..50).map(|_| all.keys.instead_of(&refused))).await;
        assert!(others.iter().all(Option::is_none));
        assert_eq!(all.asked(), asked);
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
}

/// A source that makes new ones whenever it is asked, none of which Bedrock takes.
#[tokio::test(start_paused = true)]
async fn a_source_of_ever_new_ones_that_are_refused_is_not_asked_by_every_call() {
    let all = fixture((0..50).map(|number| Ok(endless(&format!("a{number}")))));
    for asked in [2, 2, 2, 3] {
        let refused = all.keys.signer().await.unwrap();
        all.keys.instead_of(&refused).await;
        assert_eq!(all.asked(), asked);
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
}

/// The clock here is ahead by more than they last, say.
#[tokio::test(start_paused = true)]
async fn those_that_have_ended_already_are_shared_by_those_who_waited() {
    let all = fixture([Ok(ending("a", 1))]);
    let began = Instant::now();
    let names = join_all((0..100).map(|_| all.name())).await;
    assert!(names.iter().all(|name| name == "a"));
    assert_eq!((all.asked(), began.elapsed()), (1, Duration::from_millis(200)));
    all.name().await;
    assert_eq!(all.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_does_not_answer_is_given_up() {
    #[derive(Debug)]
    struct Silent;
    impl ProvideCredentials for Silent {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(std::future::pending())
        }
    }
    let mut all = fixture([Ok(endless("a"))]);
    Arc::get_mut(&mut all.keys).unwrap().provider = Some(SharedCredentialsProvider::new(Silent));
    let fault = all.keys.signer().await.err().unwrap();
    assert!(fault.message.contains("did not answer within 30 s"), "{fault}");
}
