/** Waits until something holds; throws when it does not within the time. */
export async function until(holds: () => boolean, ms = 5000): Promise<void> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${holds}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
