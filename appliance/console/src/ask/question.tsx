/** What was asked, as a heading: readers of screens jump from question to question. */
export function Question({ text }: { text: string }) {
  return (
    <div className="flex justify-end">
      <h2 className="max-w-[85%] rounded-lg rounded-ee-none bg-primary-soft px-4 py-2 text-16 whitespace-pre-wrap">
        {text}
      </h2>
    </div>
  )
}
