import type { ButtonHTMLAttributes } from 'react'
import { Icon, type IconName } from './icons.tsx'

const looks = {
  primary: 'bg-primary text-on-primary hover:bg-primary-hover min-h-11 px-4 font-medium',
  secondary: 'border border-line-strong bg-ground hover:bg-raised min-h-11 px-4',
  quiet: 'text-muted hover:bg-sunken hover:text-text min-h-9 px-2.5',
  danger: 'bg-error text-ground hover:opacity-90 min-h-11 px-4 font-medium',
} as const

export type ButtonLook = keyof typeof looks

/** The look of a button, for links that act like one. */
export function buttonClass(look: ButtonLook, extra = ''): string {
  return `inline-flex items-center justify-center gap-2 rounded text-14 select-none transition-colors disabled:opacity-55 ${looks[look]} ${extra}`
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook
  icon?: IconName
}

export function Button({ look = 'secondary', icon, className = '', children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={buttonClass(look, className)} {...rest}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  )
}

/** A button of one icon; `label` is its name for those who hear it and its tooltip for those who hover. */
export function IconButton({
  icon,
  label,
  className = '',
  ...rest
}: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-10 shrink-0 items-center justify-center rounded text-muted transition-colors hover:bg-sunken hover:text-text disabled:opacity-40 disabled:hover:bg-transparent ${className}`}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}
