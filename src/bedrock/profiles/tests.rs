use super::*;
use crate::bedrock::Reply;
use futures_util::future::{BoxFuture, join_all};
use http_body_util::{BodyExt, Full};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A control plane that answers after a while.
struct Control {
    answer: Result<&'static str, FaultKind>,
    after: Duration,
    asked: AtomicUsize,
}

const NOVA: &str = r#"{"status":"ACTIVE","models":[{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"}]}"#;

impl Transport for Control {
    fn call(&self, call: Call) -> BoxFuture<'static, Result<Reply, Fault>> {
        assert_eq!((call.operation, call.body.len()), (Operation::GetInferenceProfile, 0));
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (answer, after) = (self.answer.clone(), self.after);
        Box::pin(async move {
            tokio::time::sleep(after).await;
            let body = Full::from(answer.map_err(|kind| Fault::new(kind, "refused"))?);
            let body = Box::pin(body.map_err(|never| match never {}));
            Ok(Reply { request_id: None, content_type: None, body })
        })
    }
}

fn control(answer: Result<&'static str, FaultKind>, after: Duration) -> (Arc<Control>, Profiles) {
    let control = Arc::new(Control { answer, after, asked: AtomicUsize::new(0) });
    (Arc::clone(&control), Profiles::new(control))
}

fn profile(name: &str) -> ModelId {
    let arn = format!("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/{name}");
    ModelId::parse(&arn).unwrap()
}

fn base(model: &Option<ModelId>) -> Option<&str> {
    model.as_ref().map(ModelId::base)
}

#[tokio::test(start_paused = true)]
async fn requests_for_one_profile_share_one_look_up_and_its_answer() {
    let (control, profiles) = control(Ok(NOVA), Duration::from_millis(300));
    let id = profile("abc");
    for model in join_all((0..20).map(|_| profiles.model(&id))).await {
        assert_eq!(base(&model), Some("amazon.nova-lite-v1:0"));
    }
    tokio::time::advance(KNOWN - Duration::from_secs(5)).await;
    assert!(profiles.model(&id).await.is_some());
    assert_eq!(control.asked.load(Ordering::Relaxed), 1);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert!(profiles.model(&id).await.is_some());
    assert_eq!(control.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_a_second() {
    let (control, profiles) = control(Ok(NOVA), Duration::from_secs(10));
    let (id, started) = (profile("abc"), Instant::now());
    for model in join_all((0..20).map(|_| profiles.model(&id))).await {
        assert_eq!(model, None);
    }
    assert_eq!(started.elapsed(), PATIENCE);
    assert_eq!(profiles.model(&id).await, None);
    assert_eq!((started.elapsed(), control.asked.load(Ordering::Relaxed)), (PATIENCE, 1));
    tokio::time::advance(UNKNOWN).await;
    assert_eq!(profiles.model(&id).await, None);
    assert_eq!(control.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_answer_is_asked_for_again_later() {
    for answer in [Err(FaultKind::AccessDenied), Ok("{}"), Ok(r#"{"models":[]}"#), Ok("<html>")] {
        let (control, profiles) = control(answer, Duration::ZERO);
        let id = profile("abc");
        for (seconds, asked) in [(0, 1), (30, 1), (31, 2)] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            assert_eq!(profiles.model(&id).await, None);
            assert_eq!(control.asked.load(Ordering::Relaxed), asked);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_up_whose_request_is_gone_is_made_by_the_next() {
    let (control, profiles) = control(Ok(NOVA), Duration::from_millis(300));
    let id = profile("abc");
    let hurried = tokio::time::timeout(Duration::from_millis(100), profiles.model(&id)).await;
    assert!(hurried.is_err());
    assert!(profiles.model(&id).await.is_some());
    assert_eq!(control.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn other_ids_are_not_asked_for() {
    let (control, profiles) = control(Ok(NOVA), Duration::ZERO);
    let arn = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc";
    for id in ["amazon.nova-lite-v1:0", arn] {
        assert_eq!(profiles.model(&ModelId::parse(id).unwrap()).await, None);
    }
    assert_eq!(control.asked.load(Ordering::Relaxed), 0);
}

#[tokio::test(start_paused = true)]
async fn the_table_has_a_bound_and_keeps_what_is_known() {
    let (control, profiles) = control(Err(FaultKind::AccessDenied), Duration::ZERO);
    for number in 0..MOST + 10 {
        profiles.model(&profile(&number.to_string())).await;
    }
    assert!(profiles.slots.lock().unwrap().len() <= MOST);
    let slot = profiles.slot(&profile("known"), Instant::now());
    *slot.0.lock().await =
        Found { model: Some(profile("x")), until: Some(Instant::now() + KNOWN), warned: false };
    for number in 0..MOST {
        profiles.model(&profile(&format!("a{number}"))).await;
    }
    let asked = control.asked.load(Ordering::Relaxed);
    assert!(profiles.model(&profile("known")).await.is_some());
    assert_eq!(control.asked.load(Ordering::Relaxed), asked);
}

#[tokio::test(start_paused = true)]
async fn a_full_table_of_known_profiles_loses_one_of_them() {
    let (_, profiles) = control(Err(FaultKind::AccessDenied), Duration::ZERO);
    for number in 0..=MOST {
        let slot = profiles.slot(&profile(&number.to_string()), Instant::now());
        let until = Some(Instant::now() + KNOWN);
        *slot.0.lock().await = Found { model: Some(profile("x")), until, warned: false };
    }
    assert_eq!(profiles.slots.lock().unwrap().len(), MOST);
}
