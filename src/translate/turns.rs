//! Turns that alternate, with every tool call answered: what Converse insists on and OpenAI does not
//! (translation reference §1.6).

use super::{Judge, Refusal, cache::Mark, content::Piece};
use crate::converse::{ContentBlock, Message, ReasoningContent, Role, ToolResult, ToolUseBlock};
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
};

/// Collects blocks; neighbours of one side become one turn.
#[derive(Debug, Default)]
pub(super) struct Turns<'a> {
    turns: Vec<Turn<'a>>,
}

/// One turn, its blocks by kind: Bedrock wants results first in the user's turns, and reasoning, content, calls in
/// that order in the model's.
struct Turn<'a> {
    role: Role,
    /// Which of the messages are system messages in it.
    instructions: Vec<usize>,
    reasoning: Vec<ReasoningContent<'a>>,
    results: Vec<At<ToolResult<'a>>>,
    content: Vec<Piece<'a>>,
    calls: Vec<At<ToolUseBlock<'a>>>,
}

/// Which call or result it is, for reports: there are many, and few are ever named.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The number of its message.
    pub(super) message: usize,
    /// The number of the call within the message; `None` for a result.
    pub(super) call: Option<usize>,
}

/// Something with the member it came from.
#[derive(Debug)]
struct At<T> {
    place: Place,
    value: T,
    mark: Option<Mark>,
}

private_debug!(Turn<'a>);

// === impl Turns ===

impl<'a> Turns<'a> {
    /// For so many messages.
    pub(super) fn of(messages: usize) -> Self {
        Self { turns: Vec::with_capacity(messages) }
    }

    pub(super) fn content(&mut self, role: Role, pieces: Vec<Piece<'a>>) {
        if !pieces.is_empty() {
            self.turn(role).content.extend(pieces);
        }
    }

    /// Instructions in mid-conversation; [`finish`](Self::finish) knows who can say them.
    pub(super) fn instructions(&mut self, message: usize, pieces: Vec<Piece<'a>>) {
        if !pieces.is_empty() {
            let turn = self.turn(Role::System);
            turn.content.extend(pieces);
            turn.instructions.push(message);
        }
    }

    pub(super) fn reasoning(&mut self, blocks: Vec<ReasoningContent<'a>>) {
        if !blocks.is_empty() {
            self.turn(Role::Assistant).reasoning.extend(blocks);
        }
    }

    pub(super) fn tool_use(&mut self, place: Place, value: ToolUseBlock<'a>, mark: Option<Mark>) {
        self.turn(Role::Assistant).calls.push(At { place, value, mark });
    }

    pub(super) fn tool_result(&mut self, place: Place, value: ToolResult<'a>, mark: Option<Mark>) {
        self.turn(Role::User).results.push(At { place, value, mark });
    }

    /// The turns. `system_turns`: the model takes the role `system` in mid-conversation.
    pub(super) fn finish(
        mut self,
        system_turns: bool,
        judge: &mut Judge,
    ) -> Result<Vec<Message<'a>>, Refusal> {
        if self.turns.iter().any(|turn| turn.role == Role::System) {
            self.place_instructions(system_turns, judge);
        }
        self.pair(judge)?;
        Ok(self.turns.into_iter().map(Message::from).collect())
    }

    fn turn(&mut self, role: Role) -> &mut Turn<'a> {
        let new = self.turns.last().is_none_or(|last| last.role != role);
        if new {
            let turn = Turn {
                role,
                instructions: Vec::new(),
                reasoning: Vec::new(),
                results: Vec::new(),
                content: Vec::new(),
                calls: Vec::new(),
            };
            self.turns.push(turn);
        }
        let last = self.turns.len() - 1;
        &mut self.turns[last]
    }

    /// A turn of the role `system` follows the user, and the assistant or nobody follows it (user guide,
    /// mid-conversation system messages). Anywhere else, and on models without such turns, the user says it in its
    /// place: ahead of the conversation it would mean something else.
    fn place_instructions(&mut self, system_turns: bool, judge: &mut Judge) {
        let mut turns = std::mem::take(&mut self.turns).into_iter().peekable();
        while let Some(mut turn) = turns.next() {
            if turn.role == Role::System {
                let after_user = self.turns.last().is_some_and(|last| last.role == Role::User);
                let fits = after_user && turns.peek().is_none_or(|next| next.role == Role::Assistant);
                if !(system_turns && fits) {
                    turn.say_as_user(judge);
                }
            }
            match self.turns.last_mut() {
                Some(last) if last.role == turn.role => last.absorb(turn),
                _ => self.turns.push(turn),
            }
        }
    }

    /// Every call must be answered in the very next turn; the answers are put into the order of the calls.
    fn pair(&mut self, judge: &mut Judge) -> Result<(), Refusal> {
        let mut open: &[At<ToolUseBlock<'_>>] = &[];
        for turn in &mut self.turns {
            turn.answer(open, judge)?;
            let mut ids = BTreeSet::new();
            for At { place, value, .. } in &turn.calls {
                if !ids.insert(&value.tool_use_id) {
                    let message = format!("`{place}.id` is used by another tool call of the same turn.");
                    return Err(Refusal::invalid(format!("{place}.id"), message));
                }
            }
            open = &turn.calls;
        }
        open.first().map_or(Ok(()), |call| Err(unanswered(call.place)))
    }
}

// === impl Place ===

/// The path of the call, or of the id of the result.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.call {
            Some(call) => write!(formatter, "messages[{}].tool_calls[{call}]", self.message),
            None => write!(formatter, "messages[{}].tool_call_id", self.message),
        }
    }
}

// === impl Turn ===

impl Turn<'_> {
    /// Puts the results into the order of the calls, which have different ids.
    fn answer(&mut self, calls: &[At<ToolUseBlock<'_>>], judge: &mut Judge) -> Result<(), Refusal> {
        let answered = self.results.iter().map(|result| &result.value.tool_use_id);
        if answered.eq(calls.iter().map(|call| &call.value.tool_use_id)) {
            return Ok(());
        }
        let mut answers = HashMap::with_capacity(self.results.len());
        for result in self.results.drain(..) {
            if let Some(earlier) = answers.insert(result.value.tool_use_id.clone(), result) {
                let why = "several results for one tool call";
                judge.warn(earlier.place.to_string(), why, "the last one was sent");
            }
        }
        for call in calls {
            let answer = answers.remove(&call.value.tool_use_id).ok_or_else(|| unanswered(call.place))?;
            self.results.push(answer);
        }
        if let Some(At { place, .. }) = answers.into_values().min_by_key(|stray| stray.place.message) {
            let message = format!("`{place}` does not name a tool call of the assistant message before it.");
            return Err(Refusal::invalid(place.to_string(), message));
        }
        Ok(())
    }

    /// Turns instructions into words of the user.
    fn say_as_user(&mut self, judge: &mut Judge) {
        self.role = Role::User;
        for message in self.instructions.drain(..) {
            let (why, done) = ("instructions in mid-conversation", "sent as a <system> text of the user");
            judge.warn(format!("messages[{message}].role"), why, done);
        }
        for piece in &mut self.content {
            if let ContentBlock::Text(text) = &mut piece.block {
                *text = format!("<system>\n{}\n</system>", text.as_cow()).into();
            }
        }
    }

    fn absorb(&mut self, next: Self) {
        self.reasoning.extend(next.reasoning);
        self.results.extend(next.results);
        self.content.extend(next.content);
        self.calls.extend(next.calls);
    }
}

fn unanswered(place: Place) -> Refusal {
    let path = format!("{place}.id");
    let message = format!("The tool call `{path}` has no answer: a tool message with its id must follow.");
    Refusal::invalid(path, message)
}

impl<'a> From<Turn<'a>> for Message<'a> {
    fn from(turn: Turn<'a>) -> Self {
        let Turn { role, reasoning, results, content, calls, .. } = turn;
        let mut blocks = Vec::with_capacity(reasoning.len() + results.len() + content.len() + calls.len());
        blocks.extend(reasoning.into_iter().map(ContentBlock::ReasoningContent));
        let mut push = |block, mark: Option<Mark>| {
            blocks.push(block);
            blocks.extend(mark.map(|mark| ContentBlock::CachePoint(mark.point())));
        };
        results.into_iter().for_each(|result| push(ContentBlock::ToolResult(result.value), result.mark));
        content.into_iter().for_each(|piece| push(piece.block, piece.mark));
        calls.into_iter().for_each(|call| push(ContentBlock::ToolUse(call.value), call.mark));
        Self { role, content: blocks }
    }
}
