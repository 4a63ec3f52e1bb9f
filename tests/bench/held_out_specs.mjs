// Walkers that no constant was chosen on, for the generator in ../shared/bench/walkers (held_out.py appends this file to its
// specs.mjs, whose helpers it uses). Same characters and grounds as d01–d13; other cameras, speeds, rates, sizes, crowds.
const C = ['White_M_1_Casual','Hispanic_F_1_Casual','Black_M_1_Casual','Asian_F_1_Casual','White_F_1_Casual','Asian_M_1_Casual','Black_F_1_Casual','MENA_M_1_Casual'];
const heldOut = [
  // crowds first: identity
  { ...base, name: 'v01_crowd_side3', tags: ['crowd'], fps: 30, surfaces: S('concrete','concrete_07'), camera: side(7.5, 1.6, { fov: 38 }), walls: wall(-9), trees,
    people: [W(C[2], { start: [-4, .2], heading: 90, speed: 1.4, cadence: 1.9, seed: 121, phase: .4 }), W(C[4], { start: [-2.2, -.9], heading: 92, speed: 1.05, cadence: 1.8, seed: 122, phase: .1 }), W(C[5], { start: [4, -.4], heading: -90, speed: 1.25, cadence: 1.85, seed: 123, phase: .6 })] },
  { ...base, name: 'v02_crowd_pairs', tags: ['crowd'], fps: 25, surfaces: S('asphalt','asphalt_05'), camera: side(7.8, 1.5, { fov: 38 }), walls: wall(-10), trees,
    people: [W(C[0], { start: [-3.8, .5], heading: 90, speed: 1.2, cadence: 1.85, seed: 131, phase: .4 }), W(C[1], { start: [-3.5, -.3], heading: 90, speed: 1.18, cadence: 1.9, seed: 132, phase: .9 }), W(C[6], { start: [3.9, .1], heading: -90, speed: 1.3, cadence: 1.95, seed: 133, phase: .3 }), W(C[7], { start: [3.6, -.8], heading: -90, speed: 1.25, cadence: 1.8, seed: 134, phase: .7 })] },
  { ...base, name: 'v03_crowd_45_high', tags: ['crowd'], fps: 30, surfaces: S('tile','tile_06',{tile:1.4}), camera: { pos: [-3, 3.6, 7.4], target: [0, .6, -.2], fov: 40 }, walls: wall(-9), trees: [],
    people: [W(C[3], { start: [-3.4, .3], heading: 85, speed: 1.2, cadence: 1.95, seed: 141, phase: .2 }), W(C[5], { start: [3.4, -.9], heading: -88, speed: 1.3, cadence: 1.8, seed: 142, phase: .5 }), W(C[2], { start: [.6, -4.8], heading: -4, speed: 1.2, cadence: 1.85, seed: 143, phase: .8 }), W(C[6], { start: [1.8, 2.0], heading: 200, speed: 1.0, cadence: 1.75, seed: 144, phase: .1 })] },
  { ...base, name: 'v04_crowd_run_overtake', tags: ['crowd'], fps: 30, surfaces: S('concrete','concrete_02'), camera: side(8, 1.6, { fov: 40 }), walls: wall(-9), trees,
    people: [W(C[7], { start: [-3.5, .4], heading: 90, speed: 1.1, cadence: 1.8, seed: 151, phase: .4 }), R(C[4], { start: [-7.5, -.5], heading: 90, speed: 2.8, cadence: 2.7, seed: 152, phase: .4 }), R(C[0], { start: [9, -1.2], heading: -90, speed: 3.0, cadence: 2.8, seed: 153, phase: .8 })] },
  { ...base, name: 'v05_crowd_front', tags: ['crowd','frontal'], fps: 25, surfaces: S('asphalt','asphalt_02'), camera: { pos: [0, 1.7, 8.5], target: [0, .85, 0], fov: 36 }, walls: wall(-16), trees,
    people: [W(C[1], { start: [-.9, -4], heading: 5, speed: 1.2, cadence: 1.9, seed: 161, phase: .4 }), W(C[2], { start: [.6, -3], heading: -4, speed: 1.15, cadence: 1.8, seed: 162, phase: .1 }), W(C[3], { start: [.2, 3.6], heading: 182, speed: 1.1, cadence: 1.85, seed: 163, phase: .7 })] },
  { ...base, name: 'v06_crowd_side5', tags: ['crowd'], fps: 25, surfaces: S('grass','grass_04'), camera: side(9.5, 1.8, { fov: 38 }), walls: wall(-12), trees,
    people: [W(C[0], { start: [-4.6, .6], heading: 90, speed: 1.3, cadence: 1.85, seed: 171, phase: .4 }), W(C[3], { start: [4.6, -.2], heading: -90, speed: 1.2, cadence: 1.95, seed: 172, phase: .1 }), W(C[5], { start: [-3, -1.2], heading: 88, speed: .95, cadence: 1.65, seed: 173, phase: .7 }), W(C[6], { start: [3.2, 1.2], heading: -93, speed: 1.15, cadence: 1.85, seed: 174, phase: .2 }), W(C[7], { start: [-1, -2.2], heading: 80, speed: 1.0, cadence: 1.75, seed: 175, phase: .5 })] },
  { ...base, name: 'v07_small_side', tags: ['small'], w: 320, h: 240, fps: 30, dur: 7, surfaces: S('asphalt','asphalt_06'), camera: { pos: [0, 5, 15], target: [0, .6, 0], fov: 34 }, walls: wall(-12), trees, enc: { crf: 28, vf: 'noise=alls=6:allf=t+u' },
    people: [W(C[2], { start: [-4.5, 0], heading: 90, speed: 1.3, cadence: 1.85, seed: 181, phase: .4 })] },
  { ...base, name: 'v08_small_45', tags: ['small'], w: 426, h: 240, fps: 25, dur: 7, surfaces: S('concrete','concrete_04'), camera: { pos: [5, 5, 13], target: [0, .6, 0], fov: 34 }, walls: wall(-12), trees, enc: { crf: 28, vf: 'noise=alls=6:allf=t+u' },
    people: [W(C[4], { start: [4.5, 0], heading: -90, speed: 1.3, cadence: 1.9, seed: 182, phase: .2 })] },
  { ...base, name: 'v09_side_fast_50', tags: ['side'], fps: 50, dur: 4, surfaces: S('carpet','carpet_00'), scene: 'indoor', camera: side(6, 1.1), walls: room(),
    people: [W(C[7], { start: [-3.6, 0], heading: 90, speed: 1.65, cadence: 2.1, seed: 183, phase: .6 })] },
  { ...base, name: 'v10_side_slow_24', tags: ['side'], fps: 24, dur: 7, surfaces: S('gravel','gravel_05'), camera: side(6.2, 1.6), trees,
    people: [W(C[6], { start: [2.8, 0], heading: -90, speed: .75, cadence: 1.45, seed: 184, phase: .2 })] },
  { ...base, name: 'v11_front_walk_24', tags: ['frontal'], fps: 24, surfaces: S('concrete','concrete_05'), camera: { pos: [-.4, 1.3, 7.5], target: [0, .85, 0], fov: 34 }, trees, walls: wall(-16),
    people: [W(C[4], { start: [.3, -5], heading: -3, speed: 1.25, cadence: 1.95, seed: 185, phase: .7 })] },
  { ...base, name: 'v12_front_run_30', tags: ['frontal','run'], fps: 30, dur: 5, surfaces: S('asphalt','asphalt_02'), camera: { pos: [.6, 1.4, 8], target: [0, .85, 0], fov: 34 }, trees, walls: wall(-24),
    people: [R(C[0], { start: [0, -12], heading: 2, speed: 2.9, cadence: 2.75, seed: 186, phase: .3 })] },
  { ...base, name: 'v13_back_walk_30', tags: ['from_behind'], fps: 30, surfaces: S('wood','wood_floor_04'), scene: 'indoor', camera: { pos: [.8, 1.5, 7], target: [0, .8, 1], fov: 36 }, walls: [{ pos: [0, 1.6, -9], size: [30, 3.6, .2], tex: 'concrete_05.jpg', tint: 0xf2ead8, tile: 3 }],
    people: [W(C[5], { start: [.3, 4], heading: 184, speed: 1.2, cadence: 1.8, seed: 187, phase: .1 })] },
  { ...base, name: 'v14_degraded_15', tags: ['side','degraded'], w: 640, h: 480, fps: 15, dur: 8, surfaces: S('tile','tile_09'), scene: 'indoor', camera: { pos: [.5, 1.4, 5.6], target: [0, .8, 0], fov: 46 }, walls: room(), exposure: .5, enc: { crf: 33, vf: 'gblur=sigma=1.0,noise=alls=18:allf=t+u' },
    people: [W(C[7], { start: [-3.2, 0], heading: 90, speed: .95, cadence: 1.6, seed: 188, phase: .35 })] },
  { ...base, name: 'v15_degraded_12_45', tags: ['45deg','degraded'], w: 640, h: 480, fps: 12, dur: 8, surfaces: S('wood','wood_floor_04'), scene: 'indoor', camera: { pos: [3.4, 1.8, 4.8], target: [0, .8, 0], fov: 46 }, walls: room(), exposure: .5, enc: { crf: 32, vf: 'gblur=sigma=0.8,noise=alls=14:allf=t+u' },
    people: [W(C[3], { start: [2.6, 0], heading: -92, speed: .9, cadence: 1.7, seed: 189, phase: .8 })] },
  { ...base, name: 'v16_45_run_24', tags: ['45deg','run','pan'], fps: 24, surfaces: S('grass','grass_04'), camera: { pos: [-6, 1.4, 8], target: [0, .9, 0], fov: 32, track: { kind: 'pan', y: .9 }, shake: .01 }, shadowExtent: 12, trees,
    people: [R(C[2], { start: [9, -2], heading: -80, speed: 3.2, cadence: 2.8, seed: 190, phase: .4 })] },
  { ...base, name: 'v17_handheld_follow', tags: ['from_behind','moving_camera'], fps: 30, surfaces: S('tile','tile_06',{tile:1.2}), camera: { pos: [-1.5, 1.6, 6], target: [0, .8, 1], fov: 42, track: { kind: 'pan', y: .85, damp: .3 }, shake: .03, seed: 9 }, trees, walls: wall(-18),
    people: [W(C[1], { start: [-.4, 3], heading: 160, speed: 1.2, cadence: 1.9, seed: 191, phase: .4 })] },
  { ...base, name: 'v18_side_run_60', tags: ['side','run'], fps: 60, dur: 4, surfaces: S('asphalt','asphalt_06'), camera: { pos: [.2, 1.2, 5.5], target: [0, .9, 0], fov: 40, track: { kind: 'dolly' }, shake: .01 }, center: [7,0,0], shadowExtent: 13, trees: [[-4, -7, 5], [2, -9, 6], [8, -8, 5], [14, -9, 6], [20, -7, 5]], walls: wall(-14),
    people: [R(C[7], { start: [0, 0], heading: 90, speed: 3.6, cadence: 2.9, seed: 192, phase: .7, strike: 'forefoot' })] },
];

export const sets = { dev, heldOut };
