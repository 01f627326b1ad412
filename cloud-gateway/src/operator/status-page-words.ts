/** What the status page says. */
import type { TargetStatus } from '../routing/router.ts'

export type PageLanguage = 'zh' | 'en'

export interface PageWords {
  title: string
  otherLanguage: string
  states: { ok: string; draining: string }
  up: (duration: string) => string
  asOf: string
  pause: string
  goOn: string
  stale: string
  boxes: string
  connections: string
  handshakes: string
  running: string
  detached: string
  speed: string
  firstTokenP50: string
  firstTokenP95: string
  recentAnswers: string
  recentFailed: string
  lastMinutes: (minutes: number) => string
  day: string
  answersToday: string
  promptTokens: string
  completionTokens: string
  estimatedTokens: string
  accountsAway: string
  memory: string
  resident: string
  heap: string
  held: string
  detachedBytes: string
  targets: string
  columns: {
    name: string
    aliases: string
    circuit: string
    health: string
    running: string
    queued: string
    failure: string
  }
  circuits: Record<TargetStatus['circuit'], string>
  healthy: string
  unhealthy: string
  unknown: string
  noTargets: string
  utc: string
}

export const pageWords: Record<PageLanguage, PageWords> = {
  zh: {
    title: '网关状态',
    otherLanguage: 'English',
    states: { ok: '运行中', draining: '正在停止：不再接受新问题' },
    up: (duration) => `已运行 ${duration}`,
    asOf: '更新于',
    pause: '暂停刷新',
    goOn: '继续刷新',
    stale: '网关没有回应，以下是最后一次得到的数据。',
    boxes: '碳盒与回答',
    connections: '在线的碳盒',
    handshakes: '正在认证',
    running: '正在生成的回答',
    detached: '其中碳盒已断开',
    speed: '首字时间',
    firstTokenP50: '中位数',
    firstTokenP95: '95% 在此之内',
    recentAnswers: '已结束的回答',
    recentFailed: '其中失败',
    lastMinutes: (minutes) => `最近 ${minutes} 分钟`,
    day: '今日用量',
    answersToday: '回答',
    promptTokens: '提示词元',
    completionTokens: '生成词元',
    estimatedTokens: '两者中估算',
    accountsAway: '账目数据库没有回应。',
    memory: '内存',
    resident: '进程占用',
    heap: '堆',
    held: '为碳盒保留的数据',
    detachedBytes: '其中碳盒已断开',
    targets: '模型',
    columns: {
      name: '目标',
      aliases: '别名',
      circuit: '断路器',
      health: '健康检查',
      running: '生成中',
      queued: '排队',
      failure: '最近的失败',
    },
    circuits: { closed: '正常', open: '断开，暂不请求', 'half-open': '试探中' },
    healthy: '正常',
    unhealthy: '失败',
    unknown: '尚未检查',
    noTargets: '没有配置模型。',
    utc: '协调世界时',
  },
  en: {
    title: 'Gateway status',
    otherLanguage: '中文',
    states: { ok: 'Running', draining: 'Going down: no new questions' },
    up: (duration) => `Up for ${duration}`,
    asOf: 'As of',
    pause: 'Pause updates',
    goOn: 'Go on updating',
    stale: 'The gateway does not answer; these are the last figures that came.',
    boxes: 'Boxes and answers',
    connections: 'Boxes connected',
    handshakes: 'Authenticating',
    running: 'Answers in work',
    detached: 'of these, box away',
    speed: 'Time to first word',
    firstTokenP50: 'Median',
    firstTokenP95: '95 % within',
    recentAnswers: 'Answers that ended',
    recentFailed: 'of these, failed',
    lastMinutes: (minutes) => `last ${minutes} min`,
    day: 'Usage today',
    answersToday: 'Answers',
    promptTokens: 'Prompt tokens',
    completionTokens: 'Answer tokens',
    estimatedTokens: 'of both, estimated',
    accountsAway: 'The accounts do not answer.',
    memory: 'Memory',
    resident: 'Process',
    heap: 'Heap',
    held: 'Held for boxes',
    detachedBytes: 'of it, box away',
    targets: 'Models',
    columns: {
      name: 'Target',
      aliases: 'Aliases',
      circuit: 'Circuit',
      health: 'Health check',
      running: 'In work',
      queued: 'Waiting',
      failure: 'Last failure',
    },
    circuits: { closed: 'Closed', open: 'Open, not asked', 'half-open': 'Trying' },
    healthy: 'Passed',
    unhealthy: 'Failed',
    unknown: 'Not yet',
    noTargets: 'No model is configured.',
    utc: 'UTC',
  },
}
