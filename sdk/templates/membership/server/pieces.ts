/** What members pay for. It is only ever imported by the server, so that no page's bundle has it. */

export interface Piece {
  readonly id: string
  readonly title: string
  readonly line: string
  readonly minutes: number
  readonly isFree: boolean
  readonly text: readonly string[]
}

export const PIECES: readonly Piece[] = [
  {
    id: 'desk-reset',
    title: 'The desk reset',
    line: 'For the hour after lunch.',
    minutes: 6,
    isFree: true,
    text: [
      'Stand up, feet under the hips. Roll the shoulders back ten times, slowly, and let the arms hang.',
      'Sit to the edge of the chair and stand up without your hands, eight times. Rest for three breaths, and again.',
    ],
  },
  {
    id: 'floor-strength',
    title: 'Floor strength',
    line: 'Push, bridge, hold. Three rounds.',
    minutes: 20,
    isFree: false,
    text: [
      'Round one: eight push-ups with the hands on the chair, twelve bridges, and a plank for five long breaths.',
      'Round two the same, one push-up fewer. Round three: as slow as you can. If it shakes, the knees may come down.',
    ],
  },
  {
    id: 'long-hips',
    title: 'Long hips',
    line: 'For whoever has sat since nine.',
    minutes: 14,
    isFree: false,
    text: [
      'Kneel on one knee, the other foot in front. Tuck the tail under before you lean: that is the whole exercise.',
      'A minute a side, then sit back on the heels and walk the hands away from you until something lets go.',
    ],
  },
]
