//! The words of posts: short, in the author's language, about the post's topic. Topics' words are jargon, the same in every
//! language. A post's words depend on its id alone.

use crate::chance::Chance;
use crate::event::{Event, Verb, Wording};
use crate::groups::LANGUAGES;
use crate::purpose;

/// Four words a topic; the first three topics are those of the firm's products.
const TOPIC: [[&str; 4]; 12] = [
    ["workflow", "automation", "trigger", "runbook"],
    ["dashboard", "metrics", "alerting", "uptime"],
    ["integration", "webhook", "sync", "connector"],
    ["sourdough", "espresso", "ramen", "kimchi"],
    ["cycling", "trail", "gravel", "derailleur"],
    ["synth", "vinyl", "setlist", "mixtape"],
    ["startup", "pricing", "runway", "churn"],
    ["compiler", "borrow checker", "linker", "refactor"],
    ["telescope", "comet", "nebula", "eclipse"],
    ["compost", "seedling", "mulch", "pruning"],
    ["chess", "endgame", "gambit", "blitz"],
    ["housing", "transit", "zoning", "tram"],
];

/// The words by which posts on a topic are known. Of topics there are [`crate::TOPICS`].
pub fn topic_words(topic: u8) -> [&'static str; 4] {
    TOPIC[usize::from(topic).min(TOPIC.len() - 1)]
}

/// Openings of posts, by language; `{}` is where a topic's word goes.
const OPENINGS: [[&str; 4]; 5] = [
    ["Notes on {}", "Finally sorted out {}", "A question of {}", "What I learned about {}"],
    [
        "Notizen zu {}",
        "Endlich verstanden: {}",
        "Eine Frage von {}",
        "Was ich über {} gelernt habe",
    ],
    ["Apuntes sobre {}", "Por fin entendí {}", "Una cuestión de {}", "Lo que aprendí de {}"],
    ["Notes sur {}", "Enfin compris : {}", "Une question de {}", "Ce que j'ai appris sur {}"],
    ["Notas sobre {}", "Finalmente entendi {}", "Uma questão de {}", "O que aprendi sobre {}"],
];

const ANSWERS: [[&str; 3]; 5] = [
    ["Same here with {}", "Thanks, {} was it", "Have you tried {}?"],
    ["Hier auch mit {}", "Danke, es war {}", "Schon {} probiert?"],
    ["Aquí también con {}", "Gracias, era {}", "¿Has probado {}?"],
    ["Ici aussi avec {}", "Merci, c'était {}", "Tu as essayé {} ?"],
    ["Aqui também com {}", "Obrigado, era {}", "Já tentou {}?"],
];

/// Language tag of a language by number.
pub(crate) fn language(number: u8) -> &'static str {
    LANGUAGES[usize::from(number).min(LANGUAGES.len() - 1)]
}

/// Writes an event's words; nothing for what has none, and for private exchanges.
pub(crate) fn write_words(event: &Event, language: u8, out: &mut String) {
    let answer = matches!(event.verb, Verb::Reply | Verb::Mention | Verb::Quote);
    let silent = !answer && !matches!(event.verb, Verb::Post | Verb::Review);
    if silent || event.network.visibility() == model::Visibility::Private {
        return;
    }
    // A mention that a reply states has the reply's words: both are one post.
    let mut chance = Chance::of(event.object, purpose::WORDS, 0);
    let language = usize::from(language).min(OPENINGS.len() - 1);
    let topic = TOPIC[usize::from(event.topic).min(TOPIC.len() - 1)];
    let word = topic[chance.below(topic.len())];
    let brand = ["Acme", "Acme Flow"][chance.below(2)];
    let fixed = match event.wording {
        Wording::Own | Wording::Question | Wording::Hostile => None,
        Wording::Copied if event.tone < 0 => {
            Some("Everyone should know what this person did. Do not trust them.")
        }
        Wording::Copied => {
            Some("Acme Flow changed how our team works. Ten out of ten, try it today! #acme")
        }
        Wording::Disclosed => Some("Loving what Acme Flow does for us. #acme #ad"),
        Wording::Paid => Some("Honestly nothing compares to Acme Flow, use my code FLOW20 #acme"),
        Wording::Canned => Some("Thanks for your question! This article may help."),
    };
    if let Some(fixed) = fixed {
        return out.push_str(fixed);
    }
    if event.wording == Wording::Hostile {
        let about = if event.brand { brand } else { "this" };
        let form = ["{} again. What a disappointment", "Nobody needs {}", "So much for {}, avoid"];
        return fill(form[chance.below(form.len())], about, out);
    }
    let form = match answer {
        true => ANSWERS[language][chance.below(3)],
        false => OPENINGS[language][chance.below(4)],
    };
    fill(form, word, out);
    if event.wording == Wording::Question {
        out.push('?');
    } else if event.brand && event.verb == Verb::Post {
        out.push_str(if event.tone > 0 { ". Glad to have " } else { ". With " });
        out.push_str(brand);
        if chance.is(0.5) {
            out.push_str(" #acme");
        }
    }
}

fn fill(form: &str, word: &str, out: &mut String) {
    let (before, after) = form.split_once("{}").unwrap_or((form, ""));
    out.push_str(before);
    out.push_str(word);
    out.push_str(after);
}
