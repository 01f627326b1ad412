// Loaded into every test process. The test runner puts modules of its own into each process that a test starts,
// for coverage that we do not collect; parsers, which may neither write files nor start threads, die of them.
import processOnSpawn from 'process-on-spawn'

processOnSpawn.removeAllListeners()
