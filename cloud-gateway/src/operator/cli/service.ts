import { readFileSync } from 'node:fs'
import { parseEnvironmentFile } from '../../config/environment-file.ts'
import { ConfigError, type Environment } from '../../config.ts'

/** What systemd/tanbox-gateway.service and firmware-scripts/ agree on. */
export interface ServicePlace {
  /** Where it is installed: this command talks about the service when it lies there. */
  root: string
  /** Its settings, beside those in the data folder. */
  file: string
  data: string
}

export const servicePlace: ServicePlace = {
  root: '/opt/tanbox',
  file: '/etc/tanbox/gateway.env',
  data: '/var/lib/tanbox/gateway',
}

/** What the service's file adds to its environment. @throws ConfigError when it cannot be read */
export function serviceEnvironment({ file }: ServicePlace): Required<Environment> {
  try {
    return { path: file, values: parseEnvironmentFile(readFileSync(file, 'utf8')) }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return { path: file, values: {} }
    throw new ConfigError(
      `${file} 中有网关服务的设置，但无法读取（${code}）：请用 sudo 执行。 ${file} holds the settings of the gateway's service and cannot be read (${code}): use sudo.`,
      { cause },
    )
  }
}
