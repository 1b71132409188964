//! One request filled up from another.

use super::ChatRequest;

/// Fills the named members where they are missing; gives the names of those that both have. Every member must be named
/// here or among those left alone, or the destructuring does not compile.
macro_rules! fill {
    ($here:ident, $there:ident, [$($alone:ident),+], [$($member:ident),+ $(,)?]) => {{
        let ChatRequest { $($alone: _,)+ $($member,)+ rest } = $there;
        let mut doubled: Vec<String> = Vec::new();
        $(
            if $here.$member.is_none() {
                $here.$member = $member;
            } else if $member.is_some() {
                doubled.push(stringify!($member).to_owned());
            }
        )+
        for (name, value) in rest {
            if $here.rest.contains_key(&name) {
                doubled.push(name);
            } else {
                $here.rest.insert(name, value);
            }
        }
        doubled
    }};
}

// === impl ChatRequest ===

impl ChatRequest<'_> {
    /// Takes from the other request what is missing here; the messages and where the answer goes stay alone. Gives the
    /// names of the members that both have.
    pub fn fill(&mut self, other: Self) -> Vec<String> {
        fill!(
            self,
            other,
            [model, messages, stream, stream_options, extra_body],
            [
                max_tokens,
                max_completion_tokens,
                temperature,
                top_p,
                stop,
                tools,
                tool_choice,
                parallel_tool_calls,
                n,
                response_format,
                reasoning_effort,
                reasoning,
                output_config,
                thinking,
                top_k,
                functions,
                function_call,
                prompt_cache_options,
                prompt_cache_retention,
                prompt_cache_key,
                guardrail_config,
                service_tier,
                performance_config,
                metadata,
                request_metadata,
                user,
                safety_identifier,
                web_search_options,
                additional_model_request_fields,
                additional_model_response_field_paths,
            ]
        )
    }
}
