/**
 * What an answer has cost so far. Pure. A target that failed before the first text costs nothing unless it reported
 * usage; the one that wrote costs what it reported, else what is estimated. Tokens are whole, money is millionths of
 * the operator's currency, energy is microwatt-hours.
 */
import type { Usage } from '../protocol.ts'
import type { TokenCount } from '../providers/provider.ts'
import type { Target } from '../routing/router.ts'

export interface Cost {
  usage: Usage
  cost: number
}

interface Sum {
  promptTokens: number
  completionTokens: number
  cost: number
  energy: number | null
}

export class Tally {
  /** Null: no model was asked. */
  target: Target | null = null
  #reported: TokenCount | null = null
  /** Of targets that were given up. */
  #before: Sum | null = null

  /** Another target is asked. */
  turnTo(target: Target): void {
    if (this.#reported && this.target) this.#before = add(this.#before, this.#reported, this.target)
    this.target = target
    this.#reported = null
  }

  /** Counted by the model server up to here. */
  report(count: TokenCount): void {
    this.#reported = count
  }

  /** The model has finished and reported `count` for the whole answer; null: it did not report. */
  finished(count: TokenCount | null, estimate: TokenCount): Cost {
    if (count) this.#reported = count
    return this.#cost(this.#reported ?? estimate, count !== null)
  }

  /** Broken off, cancelled, or still running. `estimate` is used where the model has reported nothing. */
  unfinished(estimate: TokenCount): Cost {
    return this.#cost(this.target ? (this.#reported ?? estimate) : none, this.target === null)
  }

  /** The present target failed before its first text: only what it reported counts. */
  failedEarly(): Cost {
    return this.#cost(this.#reported ?? none, this.#reported === null && this.#before === null)
  }

  #cost(count: TokenCount, exact: boolean): Cost {
    const sum = this.target ? add(this.#before, count, this.target) : (this.#before ?? zero)
    return {
      usage: {
        promptTokens: sum.promptTokens,
        completionTokens: sum.completionTokens,
        exact: exact && this.#before === null,
        ...(sum.energy === null ? {} : { energyMicroWattHours: whole(sum.energy) }),
      },
      cost: whole(sum.cost),
    }
  }
}

/** Figures of an operator that are beyond reason still make a message, and a row. */
const whole = (value: number) => Math.min(Math.round(value), Number.MAX_SAFE_INTEGER)

const none: TokenCount = { promptTokens: 0, completionTokens: 0 }
const zero: Sum = { promptTokens: 0, completionTokens: 0, cost: 0, energy: null }

function add(before: Sum | null, count: TokenCount, { price, energy }: Target): Sum {
  const spent = energy
    ? (count.promptTokens * energy.prompt + count.completionTokens * energy.completion) / 1000
    : null
  const cost = (count.promptTokens * price.prompt + count.completionTokens * price.completion) / 1e6
  return {
    promptTokens: (before?.promptTokens ?? 0) + count.promptTokens,
    completionTokens: (before?.completionTokens ?? 0) + count.completionTokens,
    cost: (before?.cost ?? 0) + cost,
    energy: spent === null && !before?.energy ? null : (spent ?? 0) + (before?.energy ?? 0),
  }
}
