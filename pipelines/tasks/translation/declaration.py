"""Translation, to everybody else. Imports the tasks' declaration."""

from pipelines.tasks.task import Task
from pipelines.tasks.translation.parameters import TranslationParameters

TASK = Task(
    "translation",
    rank=10,
    title="Translation",
    says="Into another language, whole documents with their paragraphs",
    result="Translation",
    icon='<path d="M3 6h9M7.5 4v2m3 0c-.8 3.6-3.200 6.400-6.500 7.800M5 6.500c.9 3 3 5.500 6 6.900'
    'M12.500 20l4-10 4 10m-6.700-3h5.400" fill="none" stroke="currentColor" stroke-width="1.7"'
    ' stroke-linecap="round" stroke-linejoin="round"/>',
    parameters=TranslationParameters,
    columns=("text",),
)
