"""A stretch is taken for another language only where it surely is one."""

import pytest

from pipelines.text.detection import other_language

ENGLISH = [
    "Scientists at the university announced on Monday that they had found a new species of frog in southern forests.",
    "Heavy rain fell across northern valleys overnight, closing several mountain roads before dawn.",
    "Local police said one gunman wounded three people near Central Station on Tuesday evening.",
    "Casablanca port exports phosphates, canned fish, leather goods and citrus fruit worldwide.",
    "Temperatures reached 38 °C (100 °F) inland, while coastal towns stayed cooler.",
    "Angel Moreno (2005), citing Villar, Ibáñez and Otero, describes mountain villages around Potosí.",
    "Stir gently, cover, simmer twenty minutes, season generously, serve hot beside crusty bread.",
    "WASHINGTON — President Almeida meets Chancellor Brandt on Thursday before Friday's summit.",
]
PORTUGUESE = [
    "A comissão recomendou ontem que o governo adiasse a construção da barragem por causa do risco de cheias no vale.",
    "Os cientistas descobriram uma nova espécie de rã nas florestas húmidas do sul, anunciou a universidade.",
    "Chove muito no norte durante o inverno, mas raramente neva perto da costa atlântica.",
    "Temperaturas atingiram 38 °C (100 °F) em Beja, enquanto Sines registou vento fresco.",
    "Mexa devagar, tape, deixe cozinhar vinte minutos, tempere e sirva quente com broa.",
    "Brandt (2005), citando Villar e Ibáñez, descreve aldeias serranas à volta de Potosí.",
    "Presidente Almeida recebe chanceler Brandt na quinta-feira, antes da cimeira de sexta.",
]
OTHERS = {
    "de": "Die Kommission empfahl der Regierung gestern, den Bau des Staudamms wegen der Flutgefahr zu verschieben.",
    "fr": "La commission a recommandé hier au gouvernement de reporter la construction du barrage à l'année prochaine.",
    "es": "La comisión recomendó ayer al gobierno que aplazara la construcción de la presa por miedo a inundaciones.",
    "ja": "委員会は昨日、洪水の危険があるため、ダムの建設を延期するよう政府に勧告しました。今週中に発表されます。",
}
SHORT = [
    "Ich habe großen Hunger",
    "Bonjour tout le monde",
    "Muchas gracias, señora",
    "お元気ですか",
    "Auf Wiedersehen",
    "",
]
NAMES = "Tom Ellery, Ana Moreira, João Pinto, Helena Kowalska, Pierre Dubois, Inês Vale, Otto Brandt"


@pytest.mark.parametrize(("language", "sentences"), [("en", ENGLISH), ("pt", PORTUGUESE)])
def test_prose_of_a_language_is_never_taken_for_another(language, sentences):
    assert {sentence: other_language(sentence, language) for sentence in sentences} == dict.fromkeys(sentences)
    text = " ".join(sentences)
    assert other_language(text, language) is None
    assert other_language(text.upper(), language) is None


@pytest.mark.parametrize("region", ["pt-BR", "pt_PT", "PT"])
def test_a_region_is_no_other_language(region):
    assert [other_language(sentence, region) for sentence in PORTUGUESE] == [None] * len(PORTUGUESE)


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("found", OTHERS)
def test_a_sentence_of_another_language_is_told_with_its_name(language, found):
    assert other_language(OTHERS[found], language) == found


@pytest.mark.parametrize(("language", "found"), [("en", "pt"), ("pt", "en")])
def test_the_two_languages_of_a_pair_are_told_apart(language, found):
    sentence = (ENGLISH if found == "en" else PORTUGUESE)[0]
    assert other_language(sentence, language) == found


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("text", SHORT)
def test_a_few_words_are_not_judged(language, text):
    assert other_language(text, language) is None


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_list_of_names_is_of_no_language(language):
    assert other_language(NAMES, language) is None


def test_a_language_that_cannot_be_told_is_not_judged():
    assert other_language(ENGLISH[0], "xx") is None
