export interface DemoQuestion {
  ask: string
  /** Go on in the conversation of the question before. */
  followsUp?: true
  /** File that has to be cited, and words that answer and cited passage have to hold; null: not in the documents. */
  expect: { file: string; words: string } | null
}

/** Five questions about samples/: one follow-up, one in English about a Chinese document, one without an answer. */
export const questions: readonly DemoQuestion[] = [
  {
    ask: '2025年公司范围一和范围二的排放合计是多少？比2024年下降了多少？',
    expect: { file: '2025年度碳排放盘查报告.pdf', words: '39,998' },
  },
  {
    ask: '其中范围二是多少吨？',
    followsUp: true,
    expect: { file: '2025年度碳排放盘查报告.pdf', words: '27,424' },
  },
  {
    ask: '压缩空气管网的泄漏率应控制在多少以内？',
    expect: { file: '能源管理制度.docx', words: '8%' },
  },
  {
    ask: 'What monthly commuting subsidy do employees get who cycle or walk to work?',
    expect: { file: '员工通勤与差旅低碳办法.docx', words: '60元' },
  },
  {
    ask: 'Which hospital does the health insurance of the company cover?',
    expect: null,
  },
]
