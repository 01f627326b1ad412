import type { ExplainedSetting } from '../config.ts'
import type { ModelsConfig, TargetConfig } from './models.ts'

/** What `models.json` came to, for a person to read: each target and each alias, defaults filled in, keys masked. */
export function explainModels({ targets, aliases }: ModelsConfig, path: string): ExplainedSetting[] {
  return [
    ...targets.map((target) => ({
      name: `targets.${target.name}`,
      value: JSON.stringify(masked(target)),
      from: 'file' as const,
      path,
      description: 'A way to a model',
    })),
    ...Object.entries(aliases).map(([alias, names]) => ({
      name: `aliases.${alias}`,
      value: names.join(', '),
      from: 'file' as const,
      path,
      description: 'A name that boxes ask for, and the targets in the order in which they are tried',
    })),
  ]
}

function masked(target: TargetConfig): object {
  const { name: _name, ...rest } = target
  return 'key' in rest ? { ...rest, key: rest.key === '' ? '' : '***' } : rest
}
