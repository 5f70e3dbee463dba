// A scenario is a text: a title, what it is about, and steps, each with its result. The lines below a step
// that are indented say what there is to notice.
//
//   read 5 4 -> 4
//     Six bytes are left.

/** { title, about, steps: [{ step, result, note }] }; throws if a line is none of these. */
export function parse(text) {
  const [title, about, script] = text.trim().split(/\n\n+/)
  const steps = []
  for (const line of (script ?? '').split('\n')) {
    const [, step, result] = line.match(/^(\S.*?) -> (.+)$/) ?? []
    if (step) steps.push({ step, result, note: '' })
    else if (/^ {2}\S/.test(line) && steps.length) {
      const last = steps.at(-1)
      last.note = `${last.note} ${line.trim()}`.trim()
    } else throw new Error(`"${title}": this is neither a step nor a note: ${line}`)
  }
  return { title, about: about.replaceAll('\n', ' '), steps }
}

/** The text of a scenario; `parse` reads it again. */
export function write({ title, about, steps }) {
  const lines = steps.map(({ step, result, note }) => `${step} -> ${result}${note && `\n  ${note}`}`)
  return `${title}\n\n${about}\n\n${lines.join('\n')}\n`
}
