import './styles.css'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { startI18n } from './i18n/i18n.ts'
import { createConsoleRouter } from './routes.tsx'
import { savedLanguage } from './shell/preferences.ts'

await startI18n(savedLanguage())

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <RouterProvider router={createConsoleRouter()} />
  </StrictMode>,
)
