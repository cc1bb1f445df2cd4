"""The peer of start: a bare FastAPI application that can do nothing but answer."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
