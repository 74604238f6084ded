"""asyncpg: binary COPY out of the source and into the warehouse."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import work


async def load(tenant: work.Tenant, job: work.Work) -> None:
    source = await asyncpg.connect(**tenant.source, ssl=False)
    warehouse = await asyncpg.connect(**job.warehouse, ssl=False)
    await warehouse.execute(tenant.begin)
    # Bounded, so that a slow warehouse holds the source back.
    queue: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=16)

    async def read() -> None:
        await source.copy_from_query(tenant.query, output=queue.put, format="binary")
        await queue.put(None)

    async def blocks() -> AsyncIterator[bytes]:
        while (block := await queue.get()) is not None:
            yield block

    await asyncio.gather(
        read(),
        warehouse.copy_to_table(tenant.table, schema_name=tenant.schema, columns=job.names, source=blocks(), format="binary"))
    await warehouse.execute(tenant.finish)
    await source.close()
    await warehouse.close()


async def main() -> None:
    job = work.read()
    limit = asyncio.Semaphore(job.at_once)

    async def limited(tenant: work.Tenant) -> None:
        async with limit:
            await load(tenant, job)

    await asyncio.gather(*(limited(tenant) for tenant in job.tenants))


asyncio.run(main())
