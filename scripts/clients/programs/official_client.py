"""Creates a batch and reads its results with Olostep's official client. Run by npm run test:clients.

It takes the base URL from OLOSTEP_BASE_API_URL and the key from OLOSTEP_API_KEY.
"""

import json
import os
import urllib.request

from olostep import Olostep
from olostep.errors import OlostepServerError_AuthFailed, OlostepServerError_ParserNotFound

TRAWL = os.environ["TRAWL"]


def new_parser() -> str:
    """Creates a parser whose output is a list."""
    definition = {"name": "Headings", "baseSelector": "h1", "fields": [{"name": "title", "type": "text"}]}
    request = urllib.request.Request(
        f"{TRAWL}/v1/parsers",
        data=json.dumps(definition).encode(),
        headers={"Authorization": f"Bearer {os.environ['TRAWL_KEY']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return str(json.load(response)["id"])


client = Olostep()
pages = [
    {"custom_id": "good", "url": f"{TRAWL}/errors/not-found"},
    {"custom_id": "bad", "url": f"{TRAWL}/no-such-page"},
]
batch = client.batches.create(urls=pages, country="US", parser=new_parser())
batch.wait_till_done(check_every_n_secs=1)
info = batch.info()
assert (info.status, info.total_urls, info.completed_urls) == ("completed", 2, 1), info

by_id = {item.custom_id: item for item in batch.items()}
assert by_id["bad"].retrieve_id is None, by_id
page = by_id["good"].retrieve(["html", "markdown", "json"])
assert "<h1>" in page.html_content, page.html_content
assert page.markdown_content.startswith("#"), page.markdown_content
assert page.json_content["items"][0]["title"], page.json_content
assert client.retrieve.get(by_id["good"].retrieve_id, ["markdown"]).markdown_content == page.markdown_content

try:
    client.batches.create(urls=pages, parser="@olostep/no-such-parser")
    raise AssertionError("An unknown parser was accepted.")
except OlostepServerError_ParserNotFound:
    pass

try:
    Olostep(api_key="wrong").batches.create(urls=pages)
    raise AssertionError("A wrong key was accepted.")
except OlostepServerError_AuthFailed:
    pass
