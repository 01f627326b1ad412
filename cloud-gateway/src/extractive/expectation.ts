/** What kind of words would answer a question, and whether a sentence has them. */

interface Kind {
  question: RegExp
  sentence: RegExp
}

const numeral = '(?:\\d[\\d.,，\\s]*|[〇零一二两三四五六七八九十百千万亿]+\\s*)'
const measured = (units: string) => new RegExp(`${numeral}(?:[万亿千百余多]*)\\s*(?:${units})`, 'iu')

/** From the particular to the general; all that fit a question count. */
const kinds: Record<string, Kind> = {
  money: {
    question:
      /多少钱|几块钱|多少元|补贴?多少|奖(?:励)?多少|罚(?:款)?多少|给多少|能?拿多少|报多少|费用|价格|单价|收费|fine\b|bonus|subsid|price|cost|fee\b|how much.*(?:pay|claim|receive|reward)|penalt/iu,
    sentence: measured('元|美元|欧元|yuan|rmb|cny|usd|dollars?|%'),
  },
  share: {
    question: /几成|比例|占比|百分|比率|达到多少|percent|proportion|share|ratio|rate\b/iu,
    sentence: /\d\s*[%％]|百分之|[一二三四五六七八九]成|\d\s*[:：]\s*\d|percent/iu,
  },
  duration: {
    question:
      /多久|多长时间|几天|几日|几年|几个月|几个?工作日|期限|时限|how long|how many (?:days|months|years)|deadline|within what/iu,
    sentence: measured('个?工作日|日|天|个?月|年|小时|working days?|days?|months?|years?|weeks?|hours?'),
  },
  date: {
    question:
      /何时|什么时候|哪天|哪年|哪一年|几月|几号|最晚|最迟|截止|when\b|what date|which year|what year|deadline|by when/iu,
    sentence:
      /\d{4}\s*年|\d{1,2}\s*月(?:\s*\d{1,2}\s*日|底|前|初|末)|[一二三四]季度|\b(?:19|20)\d\d\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\b/iu,
  },
  number: {
    question:
      /多少|几[^乎]|上限|下限|封顶|不能超过|起码|至少|最多|最高|最低|取值|系数|限值|标准是|how (?:many|much|large|big|high|far)|what (?:level|capacity|size|value|amount|number|coefficient|content)|which (?:coefficient|value|benchmark)/iu,
    sentence: /\d|百分之|[一二三四五六七八九十百千万亿](?=[个年月日天级类档次家项倍成万亿吨度元]|以上|以下)/u,
  },
  actor: {
    question:
      /谁|哪个(?:部门|单位|局|机构|委)|哪家|哪些部门|由哪|找哪|什么部门|责任(?:单位|部门)|归哪|牵头|\bwho\b|whose|whom|which (?:authority|department|agency|body|office|ministry|team)|where .*(?:sent|submit|file)/iu,
    sentence:
      /[局委部厅院办]|部门|单位|机构|政府|中心|公司|委员会|部长|负责|牵头|ministry|department|bureau|agency|committee|authority|office|manager|director|responsible/iu,
  },
  list: {
    question:
      /哪些|哪几|包括|包含|什么(?:材料|条件|情形|情况|东西|类型)|几份|分别|有何|条件|which .*(?:components|items|categories|conditions|documents)|what (?:are|components|conditions|documents|types|kinds)/iu,
    sentence:
      /[:：]|包括|包含|以下|下列|[、，].*[、，]|分别|[（(][一二三四五六七八九]|includ|such as|following/iu,
  },
  definition: {
    question:
      /什么意思|是什么[？?]?$|是指|指什么|指的是|什么是|何为|定义|怎么算|才算|的含义|what (?:is|are) (?:a|an|the)?\s*["“]?\w+["”]?\s*\??$|mean|definition|define/iu,
    sentence: /是指|指的是|，指|所称|本[办规条][^，]*指|系指|\bmeans?\b|refers? to|defined as/iu,
  },
  rule: {
    question:
      /吗[？?]?$|能不能|可不可以|可以.*吗|是否|是不是|要不要|算不算|认不认|行不行|怎么办|会怎么|后果|处理|什么情况|什么情形|哪种情况|can (?:we|i|a|an|the)|may (?:we|i)|is it|are we|do (?:we|i)|allowed|required|must/iu,
    sentence:
      /不得|不予|不能|可以|可申请|应当|应按|必须|不再|不计入|禁止|严禁|允许|原则上|免予|不|须|\bmay\b|shall|must|not\b|prohibit|require/iu,
  },
  way: {
    question: /怎么|如何|怎样|流程|步骤|手续|程序|办理|how (?:do|does|can|should|to|is|are)/iu,
    sentence:
      /应当|申请|提交|办理|报送|报告|通过|依托|按照|公告|审核|审定|提出|apply|submit|report|through|by /iu,
  },
}

export type Expectation = (sentence: string) => number

/** The share of what the question expects that a sentence offers, 0 to 1; 0 where it expects nothing known. */
export function expectationOf(question: string): Expectation {
  const expected = Object.values(kinds).filter((kind) => kind.question.test(question))
  if (expected.length === 0) return () => 0
  return (sentence) => expected.filter((kind) => kind.sentence.test(sentence)).length / expected.length
}
