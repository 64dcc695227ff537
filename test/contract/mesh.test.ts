import { loopbackMeshes, memoryMeshes } from '../support/mesh-worlds.ts'
import { meshContract } from './mesh.ts'

meshContract('in memory', memoryMeshes)
meshContract('over TCP', loopbackMeshes)
