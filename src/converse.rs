//! Bedrock's Converse JSON in our own types: the pivot between client protocols and the service.
//!
//! Every client protocol translates to [`Request`] and back from [`Answer`] or [`StreamEvent`], and to nothing
//! else. What we send is exact; what we receive is read with tolerance: unknown members and unknown events are
//! passed over, and an enum keeps a string that it does not know (each stream payload carries an undocumented
//! padding member `p`, for one).

mod answer;
mod event;
mod media;
mod object;
mod request;
mod write;

pub use answer::{
    Answer, AnswerBlock, AnswerImage, CacheWrites, Citation, CitationsContent, ImageBytes, ModelFields,
    Reasoning, ResultContent, ServerResult, StopReason, TokenUsage, ToolUse, Trace,
};
pub use event::{Delta, ReasoningDelta, StreamEvent};
pub use media::{Audio, CitationsConfig, Document, Image, S3Location, Source, Video};
pub use object::Object;
pub use request::{
    CachePoint, CachePointKind, CacheTtl, ContentBlock, GuardrailConfig, InferenceConfig, JsonSchema,
    JsonSchemaStructure, Message, Nothing, OutputConfig, PerformanceConfig, ReasoningContent, ReasoningText,
    Request, Role, ServiceTier, SystemBlock, TextFormat, ToolChoice, ToolConfig, ToolInputSchema, ToolName,
    ToolResult, ToolResultBlock, ToolResultStatus, ToolSpec, ToolUseBlock, ToolWrapper,
};
