/** Asks a service whether it is well: `healthcheck.ts URL`. Ends with 0 when it is (HEALTHCHECK of the images). */
const [url] = process.argv.slice(2)
const well = await fetch(url ?? '', { signal: AbortSignal.timeout(5000) }).then(
  (response) => response.ok,
  () => false,
)
process.exit(well ? 0 : 1)
