import { padEnd } from '../../appliance/src/cli/wide-text.ts'

export interface Greeting {
  version: string
  url: string
  /** Only while nobody has claimed the box. */
  claimCode: string | null
  dropFolder: string
}

/** What a person reads when the box has started. Chinese first; labels in one column. */
export function greeting({ version, url, claimCode, dropFolder }: Greeting): string {
  const rows: [string, string][] = [['控制台 Console', url]]
  if (claimCode) rows.push(['认领码 Claim code', `${claimCode}   (一次有效 one-time)`])
  rows.push(['投放文件夹 Drop folder', dropFolder])
  return [
    '',
    `  碳盒 Tanbox ${version}`,
    '',
    ...rows.map(([label, value]) => `  ${padEnd(label, 24)}${value}`),
    '',
    '  把文件复制到投放文件夹，就可以提问。Ctrl-C 停止。',
    '  Copy files into the drop folder, then ask about them. Ctrl-C stops.',
    '',
  ].join('\n')
}
