//! The model catalog: its data are sound, what is unknown gets careful values, and `docs/catalog.md` has every trait.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use bedrock_gateway::catalog::{
    Catalog, Effort, Entry, Holds, Model, ModelId, ReasoningShape, Sampling, StructuredOutput, Tier, TopK,
    Traits, is_geography,
};
use std::{collections::BTreeMap, sync::Arc};

const PAGE: &str = include_str!("../docs/catalog.md");
const MODELS: &str = include_str!("../src/catalog/models.yaml");
const FAMILIES: &str = include_str!("../src/catalog/families.yaml");

fn model(catalog: &Catalog, id: &str) -> Arc<Model> {
    catalog.model(&ModelId::parse(id).unwrap())
}

fn chat_models() -> Vec<(String, Arc<Model>)> {
    let catalog = Catalog::built_in().unwrap();
    let all = catalog.ids().map(|id| (id.to_owned(), model(&catalog, id)));
    all.filter(|(_, model)| model.can.converse).collect()
}

#[test]
fn every_model_is_under_its_base_id_with_sound_limits() {
    for (id, model) in chat_models() {
        assert_eq!(model.id.as_deref(), Some(&*id));
        let parsed = ModelId::parse(&id).unwrap();
        assert_eq!((parsed.base(), parsed.geography()), (&*id, None));
        assert!(parsed.provider().is_some());
        let (window, output) = (model.can.context_window, model.can.max_output);
        assert!(output <= window && (window == 0) == (output == 0), "{id}: {output} of {window}");
        assert!(model.profiles.iter().all(|geography| is_geography(geography)), "{id}");
        if let Some(day) = &model.end_of_life {
            let parts: Vec<u32> = day.split('-').map(|part| part.parse().unwrap()).collect();
            assert!(matches!(parts[..], [2026..2030, 1..=12, 1..=31]), "{id}: {day}");
        }
    }
}

/// Left without a price are those that the price map does not have, or prices by the second.
#[test]
fn nearly_every_model_has_prices_that_make_sense() {
    let mut without = Vec::new();
    for (id, model) in chat_models() {
        let Some(base) = model.prices(None, Tier::Standard) else {
            without.push(id);
            continue;
        };
        for place in model.profiles.iter().map(|place| Some(&**place)).chain([None]) {
            let rates = model.prices(place, Tier::Standard).unwrap();
            assert!(rates.input <= rates.output, "{id} {place:?}");
            assert!(rates.cache_read <= rates.input && rates.input <= rates.cache_write, "{id} {place:?}");
            assert!(rates.cache_write <= rates.cache_write_1h, "{id} {place:?}");
            assert!(rates.output.micro_dollars() <= 2 * base.output.micro_dollars(), "{id} {place:?}");
            let tier = |tier| model.prices(place, tier).unwrap().input;
            assert!(tier(Tier::Flex) <= rates.input && tier(Tier::Batch) <= rates.input, "{id} {place:?}");
            assert!(tier(Tier::Priority) >= rates.input, "{id} {place:?}");
        }
    }
    without.sort();
    assert_eq!(
        without,
        [
            "anthropic.claude-3-haiku-20240307-v1:0",
            "anthropic.claude-3-sonnet-20240229-v1:0",
            "cohere.command-r-plus-v1:0",
            "cohere.command-r-v1:0",
            "twelvelabs.pegasus-1-2-v1:0",
            "twelvelabs.pegasus-1-5-v1:0",
        ]
    );
}

#[test]
fn prices_depend_on_place_and_tier() {
    let catalog = Catalog::built_in().unwrap();
    let price = |id: &str, place, tier| model(&catalog, id).prices(place, tier).unwrap().input.to_string();
    let nova = "amazon.nova-2-lite-v1:0";
    assert_eq!(price(nova, None, Tier::Standard), "0.3");
    assert_eq!(price(nova, Some("global"), Tier::Standard), "0.3");
    assert_eq!(price(nova, Some("eu"), Tier::Standard), "0.429");
    assert_eq!(price(nova, Some("us"), Tier::Priority), "0.5775");
    assert_eq!(price("minimax.minimax-m2.5", Some("eu-west-2"), Tier::Flex), "0.235");
    assert_eq!(price("openai.gpt-5.5", None, Tier::Standard), "5.5");
}

#[test]
fn traits_that_belong_together_agree() {
    for (id, Model { can, .. }) in chat_models().iter().map(|(id, model)| (id, &**model)) {
        let forced = can.tool_choice_any || can.tool_choice_tool;
        assert!(can.tools || !(forced || can.tools_in_stream || can.strict_tools), "{id}: tools");
        assert!(can.structured_output != StructuredOutput::Tool || forced, "{id}: no tool can be forced");
        assert!(can.cache_points > 0 || !(can.cache_tools || can.cache_1h), "{id}: caching");
        assert!(can.cache_points == 0 || can.cache_min_tokens >= 512, "{id}: a minimum of cached tokens");
        assert_eq!(can.reasoning == ReasoningShape::None, can.reasoning_levels.is_empty(), "{id}: reasoning");
        assert!(can.max_output > 0 || !can.max_output_exclusive, "{id}: max_output");
        assert!(can.streaming || !can.tools_in_stream, "{id}: streaming");
    }
}

/// What some Claude refuses is not sent to one that nobody knows.
#[test]
fn an_unknown_claude_is_asked_for_nothing_that_another_refuses() {
    let unknown = model(&Catalog::built_in().unwrap(), "us.anthropic.claude-opus-9-v1:0");
    assert_eq!(unknown.id, None);
    let can = &unknown.can;
    assert!(!can.prefill && !can.strict_tools && !can.system_in_conversation);
    assert!(!can.tool_choice_any && !can.tool_choice_tool);
    assert_eq!((can.sampling, can.top_k), (Sampling::None, TopK::None));
    assert_eq!(can.structured_output, StructuredOutput::Instruction);
    assert_eq!(can.reasoning, ReasoningShape::None);
    assert!(can.system && can.images && can.documents && can.tools && can.streaming);
}

#[test]
fn every_maker_has_a_family_for_its_unknown_models() {
    let catalog = Catalog::built_in().unwrap();
    let nobody = model(&catalog, "acme.model-v9");
    let mut makers: Vec<String> =
        chat_models().iter().map(|(id, _)| id.split_once('.').unwrap().0.to_owned()).collect();
    makers.sort();
    makers.dedup();
    assert!(makers.len() > 15);
    for maker in makers.iter().filter(|maker| *maker != "twelvelabs") {
        let unknown = model(&catalog, &format!("{maker}.model-v9"));
        assert_eq!(unknown.id, None, "{maker}");
        assert_ne!(unknown.can, nobody.can, "{maker}");
        assert!(unknown.can.converse && unknown.can.system && unknown.can.streaming, "{maker}");
        assert_ne!(unknown.can.structured_output, StructuredOutput::Native, "{maker}");
    }
}

#[test]
fn models_of_other_operations_are_known_as_such() {
    let catalog = Catalog::built_in().unwrap();
    for id in [
        "amazon.titan-embed-text-v2:0",
        "us.cohere.embed-v4:0",
        "amazon.nova-canvas-v1:0",
        "cohere.rerank-v3-5:0",
    ] {
        assert!(!model(&catalog, id).can.converse, "{id}");
    }
}

/// The words of the data are those that the table of traits allows, so that the configuration can say them too.
#[test]
fn the_table_of_traits_allows_what_the_data_say() {
    type File = BTreeMap<String, BTreeMap<String, serde_yaml::Value>>;
    let files: [File; 2] = [FAMILIES, MODELS].map(|file| serde_yaml::from_str(file).unwrap());
    for (name, value) in files.iter().flat_map(|file| file.values().flatten()) {
        let Some(row) = Traits::TABLE.iter().find(|row| row.name == name) else { continue };
        let allowed = match row.holds {
            Holds::Switch => value.is_bool(),
            Holds::Whole => value.as_u64().is_some(),
            Holds::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Holds::Levels => value.as_mapping().is_some_and(|levels| {
                levels.keys().all(|level| Effort::NAMES.contains(&level.as_str().unwrap()))
            }),
        };
        assert!(allowed, "{name}: {value:?}");
    }
    for row in Traits::TABLE {
        let Holds::Word(words) = row.holds else { continue };
        for word in words {
            let entry: Entry = serde_yaml::from_str(&format!("{{ {}: {word} }}", row.name)).unwrap();
            assert_ne!(entry, Entry::default());
        }
    }
    assert_eq!(Traits::NAMES.len(), Traits::TABLE.len());
}

#[test]
fn the_page_has_every_trait() {
    let mut made = "| trait | value | meaning |\n|---|---|---|\n".to_owned();
    for row in Traits::TABLE {
        let value = match row.holds {
            Holds::Switch => "true, false".to_owned(),
            Holds::Whole => "a whole number".to_owned(),
            Holds::Word(words) => words.join(", "),
            Holds::Levels => format!("for each of {} tokens or a word", Effort::NAMES.join(", ")),
        };
        made.push_str(&format!("| `{}` | {value} | {} |\n", row.name, row.about.trim()));
    }
    let (_, written) = PAGE.split_once("<!-- traits -->\n\n").unwrap();
    assert!(written == made, "docs/catalog.md should end, after its marker, with:\n{made}");
}
