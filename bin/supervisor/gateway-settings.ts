import { ConfigError, readConfig } from '@tanbox/cloud-gateway/config'

const adminPort = 'TANBOX_GATEWAY_ADMIN_PORT'

/**
 * What the gateway of a box is told beside its own settings. A box has a page of its own for how it goes, and two boxes
 * on one machine would want the same port: so the gateway's status page is off, unless somebody has set its port, in
 * the environment or in gateway.json.
 */
export function gatewayDefaults(environment: NodeJS.ProcessEnv, data: string): NodeJS.ProcessEnv {
  try {
    const { explained } = readConfig({ ...environment, TANBOX_GATEWAY_DATA: data })
    const set = explained.some(({ name, from }) => name === adminPort && from !== 'default')
    return set ? {} : { [adminPort]: 'off' }
  } catch (error) {
    // The gateway says it itself, in its own words.
    if (error instanceof ConfigError) return {}
    throw error
  }
}
