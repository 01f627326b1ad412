/**
 * Variables of a file as systemd's EnvironmentFile= takes it (systemd.exec(5)): NAME=value a line; `#` and `;` begin
 * comments at the start of a line only; a value may be quoted, and goes on in the next line after a backslash. What is
 * no assignment is passed over, as systemd does.
 */
export function parseEnvironmentFile(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const line of text.replace(/\\\r?\n/g, '').split(/\r?\n/)) {
    const [, name, value] = /^\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) values[name] = unquoted(value)
  }
  return values
}

function unquoted(value: string): string {
  const [, single] = /^'([^']*)'$/.exec(value) ?? []
  if (single !== undefined) return single
  const [, double] = /^"((?:[^"\\]|\\.)*)"$/.exec(value) ?? []
  return (double ?? value).replace(/\\(.)/g, '$1')
}
