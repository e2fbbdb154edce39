/** Shown at /choose-plan. */
'use client'

export { ChoosePlan as default } from '../../src/views/choosePlan'
