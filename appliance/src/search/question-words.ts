// Words that ask and say nothing about what is asked. Longer ones first where one begins like another.
const chinese =
  /请问|请告诉我|告诉我|想知道|想问|想了解|帮我查|帮忙|什么时候|什么样|为什么|什么|多少|怎么样|怎么办|怎么|怎样|如何|哪一个|哪一些|哪几|哪些|哪个|哪里|哪天|哪年|哪|几个|能不能|可不可以|可以|是不是|有没有|要不要|会不会|是否|的话|分别|各自|我们|你们|他们|这个|那个|这些|那些|吗|呢|吧|啊|呀|谁/g

const english = new Set(
  (
    'a an the of in on at to for from by with and or is are was were be been being do does did how what which who ' +
    'whom whose when where why must should can could would will may might shall our we us you your it its this ' +
    'that these those there here have has had under over into than then as if not no any some each per about ' +
    'after before during between i my me they them their get got getting need needs want please tell many much ' +
    'long often such also only just so but all'
  ).split(' '),
)

/** A question without the words that only make it a question. */
export function withoutQuestionWords(question: string): string {
  const statement = question.normalize('NFKC').replace(chinese, ' ')
  const words = statement.replace(/[a-z']+/gi, (word) => (english.has(word.toLowerCase()) ? ' ' : word))
  return /[\p{L}\p{N}]/u.test(words) ? words : question
}
