/** What kind of words would answer a question, and whether a sentence has them. */

interface Kind {
  question: RegExp
  sentence: RegExp
}

const numeral = '(?:\\d[\\d.,，]*|[〇零一二两三四五六七八九十百千万亿]+)\\s*[万亿千百余多]*\\s*'
const measured = (units: string) => new RegExp(`${numeral}(?:${units})`, 'iu')

/** Kinds of answer that are told by their form. */
const particular: Kind[] = [
  {
    // money
    question:
      /多少钱|几块|多少元|补(?:贴|助)?多少|奖(?:励)?多少|罚(?:款)?多少|罚款|给多少|拿多少|报多少|能补|费用|价格|单价|收费|封顶|fine\b|bonus|subsid|price|cost|\bfee\b|reward|penalt/iu,
    sentence: measured('元|美元|欧元|yuan|rmb|cny|usd|dollars?|%'),
  },
  {
    // share
    question: /几成|比例|占比|占几|百分|比率|percent|proportion|share|ratio/iu,
    sentence: /\d\s*[%％]|百分之|[一二三四五六七八九]成|\d\s*[:：]\s*\d|percent/iu,
  },
  {
    // duration
    question:
      /多久|多长时间|几天|几日|几年|几个?月|几个?工作日|期限|时限|how long|how many (?:\w+ )?(?:days|months|years)|deadline|within what/iu,
    sentence: measured(
      '个?工作日|日内|日(?!常)|天|个?月(?!\\d)|年(?:以上|内|以内)?|小时|working days?|days?|months?|years?|weeks?|hours?',
    ),
  },
  {
    // date
    question:
      /何时|什么时候|哪天|哪年|哪一年|几月|几号|最晚|最迟|截止|\bwhen\b|what date|which year|what year|deadline|by when/iu,
    sentence:
      /\d{4}\s*年|\d{1,2}\s*月(?:\s*\d{1,2}\s*日|底|前|初|末)|[一二三四]季度|\b(?:19|20)\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b/iu,
  },
  {
    // who
    question:
      /谁|哪个(?:部门|单位|局|机构|委)|哪家|哪些部门|由哪|找哪|什么部门|责任(?:单位|部门)|归哪|牵头|\bwho\b|whose|whom|which (?:authority|department|agency|body|office|ministry|team)/iu,
    sentence:
      /[局委厅院办](?:[)）。,，、;；]|负责|$)|部门|单位|机构|人民政府|管理中心|公司|委员会|负责|牵头|ministry|department|bureau|agency|committee|authority|office|manager|director|responsible/iu,
  },
  {
    // meaning
    question:
      /什么意思|是什么[？?]?$|是指|指什么|指的是|什么是|何为|定义|才算|的含义|讲的|\bmeans?\b|meaning|defin/iu,
    sentence: /是指|指的是|，指|系指|所称|\bmeans?\b|refers? to|defined as/iu,
  },
]

/** Kinds that many sentences fit. */
const general: Kind[] = [
  {
    // number
    question:
      /多少|几[^乎]|上限|下限|封顶|不能超过|起码|至少|最多|最高|最低|取值|系数|限值|how (?:many|much|large|big|high|far|did)|what (?:level|capacity|size|value|amount|number|coefficient|content|default)|which (?:coefficient|value)|benchmark/iu,
    sentence: /\d|百分之|[一二三四五六七八九十百千万亿](?=[个年月日天级类档次家项倍成万亿吨度元]|以上|以下)/u,
  },
  {
    // list
    question:
      /哪些|哪几|包括|包含|什么(?:材料|条件|情形|情况|东西|类型)|几份|分别|条件|which .*(?:components|items|categories|conditions|documents)|what (?:are|components|conditions|documents|types|kinds)/iu,
    sentence: /包括|包含|以下|下列|、.*、|分别|includ|such as|following/iu,
  },
  {
    // rule
    question:
      /吗[？?]?$|能不能|可不可以|是否|是不是|要不要|算不算|认不认|行不行|怎么办|会怎么|后果|处理|什么情况|什么情形|can (?:we|i|a|an|the)|may (?:we|i)|is it|are we|do (?:we|i)|allowed|must/iu,
    sentence:
      /不得|不予|不能|可以|可申请|应当|必须|不再|不计入|禁止|严禁|允许|原则上|免予|责令|扣除|\bmay\b|shall|must|not\b|prohibit/iu,
  },
  {
    // way
    question: /怎么|如何|怎样|流程|步骤|手续|程序|办理|how (?:do|does|can|should|to|is|are)/iu,
    sentence: /应当|申请|提交|办理|报送|报告|通过|依托|按照|公告|审核|审定|apply|submit|report|through/iu,
  },
]

/** Everyday units and how documents write them. */
const writtenUnits: Record<string, string> = {
  度: '度|千瓦时|kWh',
  钱: '元',
  块: '元',
  天: '天|日|个?工作日',
  成: '%|成',
  倍: '倍',
}

export interface Offer {
  particular: number
  general: number
}

/** How much of what a question expects a sentence offers: shares, 0 to 1; 0 where it expects nothing known. */
export function expectationOf(question: string): (sentence: string) => Offer {
  const fits = ({ question: pattern }: Kind) => pattern.test(question)
  const forms = [...particular.filter(fits).map(({ sentence }) => sentence), ...countedUnits(question)]
  const kinds = general.filter(fits).map(({ sentence }) => sentence)
  return (sentence) => ({ particular: share(forms, sentence), general: share(kinds, sentence) })
}

/** `多少家`, `几级` want a number before that unit. */
function countedUnits(question: string): RegExp[] {
  return [...question.matchAll(/(?:多少|几)个?(\p{Script=Han}|[A-Z]\b)/gu)].map(([, unit]) =>
    measured(`个?(?:${writtenUnits[unit!] ?? unit})`),
  )
}

function share(patterns: readonly RegExp[], sentence: string): number {
  return patterns.length === 0
    ? 0
    : patterns.filter((pattern) => pattern.test(sentence)).length / patterns.length
}
