"""Creates a batch and reads its results with a client from openapi-python-client. Run by npm run test:clients."""

import os
import time

from trawl_client import AuthenticatedClient
from trawl_client.api.batches import create_batch, get_batch
from trawl_client.api.items import list_items, retrieve
from trawl_client.api.parsers import create_parser
from trawl_client.models import (
    Batch,
    BatchStatus,
    CreateBatchBody,
    CreateBatchBodyItemsItem,
    CreateBatchBodyParserType0,
    ItemErrorCode,
    ItemList,
    PageContent,
    Parser,
    ParserDefinition,
    ParserField,
    ParserFieldTypeType0,
    Problem,
    RetrieveFormatsItem,
)

TRAWL = os.environ["TRAWL"]
client = AuthenticatedClient(base_url=TRAWL, token=os.environ["TRAWL_KEY"])

# Only the required fields, and fields within fields.
definition = ParserDefinition(
    name="Headings",
    base_selector="h1",
    fields=[
        ParserField(name="title", type_=ParserFieldTypeType0.TEXT, default={"any": ["JSON", None]}),
        ParserField(
            name="parts",
            type_=ParserFieldTypeType0.NESTED,
            fields=[ParserField(name="html", type_=ParserFieldTypeType0.HTML, selector=None)],
        ),
    ],
)
parser = create_parser.sync(client=client, body=definition)
assert isinstance(parser, Parser), parser

body = CreateBatchBody(
    items=[
        CreateBatchBodyItemsItem(custom_id="good", url=f"{TRAWL}/errors/not-found"),
        CreateBatchBodyItemsItem(custom_id="bad", url=f"{TRAWL}/no-such-page"),
    ],
    parser=CreateBatchBodyParserType0(id=parser.id),
)
batch = create_batch.sync(client=client, body=body)
assert isinstance(batch, Batch), batch
while batch.status != BatchStatus.COMPLETED:
    time.sleep(0.1)
    read = get_batch.sync(batch.id, client=client)
    assert isinstance(read, Batch), read
    batch = read

listed = list_items.sync(batch.id, client=client, limit=10)
assert isinstance(listed, ItemList), listed
by_id = {item.custom_id: item for item in listed.items}
error = by_id["bad"].error
assert error and error.code == ItemErrorCode.HTTP_ERROR, error
assert by_id["bad"].retrieve_id is None, by_id

page = retrieve.sync(
    client=client,
    retrieve_id=by_id["good"].retrieve_id or "",
    formats=[RetrieveFormatsItem.MARKDOWN, RetrieveFormatsItem.JSON],
)
assert isinstance(page, PageContent), page
assert page.html_content is None and page.markdown_content, page
assert page.json_content and page.json_content.startswith('{"items":'), page

problem = create_batch.sync(client=client, body=CreateBatchBody(items=[]))
assert isinstance(problem, Problem) and problem.errors, problem
assert problem.errors[0].path == "items", problem
