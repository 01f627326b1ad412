/** How many answers a server says it is working on, by its own metrics (vLLM, SGLang, llama.cpp). */

const gauges =
  /^(?:vllm:num_requests_running|sglang:num_running_reqs|llamacpp:requests_processing)(?:\{[^}]*\})? ([0-9.e+]+)$/gm

export function createLoadGauge(baseUrl: string, key: string) {
  const url = `${baseUrl.replace(/\/+$/, '').replace(/\/v\d+$/, '')}/metrics`
  return {
    /** Null: it does not say. */
    async running(): Promise<number | null> {
      try {
        const response = await fetch(url, {
          headers: key === '' ? {} : { authorization: `Bearer ${key}` },
          signal: AbortSignal.timeout(3000),
          redirect: 'error',
        })
        if (!response.ok) return null
        const numbers = [...(await response.text()).matchAll(gauges)].map(([, number]) => Number(number))
        return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0)
      } catch {
        return null
      }
    },
  }
}
