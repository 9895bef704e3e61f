/** Placeholder of the main job: `npm start` builds everything and runs this file. */
console.log('The main job stands here.')
