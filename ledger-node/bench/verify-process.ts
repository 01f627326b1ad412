import { parseVerifierKey } from '../src/note/key.ts'
import { verifyLogAt } from '../src/verify/verify-log-at.ts'

/** `verify-process.ts FOLDER KEY`: verifies a log and prints entries per second and the peak of resident memory. */
const [folder = '', key = ''] = process.argv.slice(2)
const began = performance.now()
const report = await verifyLogAt(folder, { key: parseVerifierKey(key) })
const seconds = (performance.now() - began) / 1000
if (!report.ok) throw new Error(JSON.stringify(report))
// maxRSS counts kilobytes, threads included.
const peakMb = Math.round(process.resourceUsage().maxRSS / 1024)
console.log(JSON.stringify({ entriesPerSecond: Math.round((report.size ?? 0) / seconds), peakMb }))
