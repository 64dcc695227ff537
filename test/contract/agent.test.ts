import { FAR_WAYS } from '../support/ways.ts'
import { agentContract } from './agent.ts'

agentContract('in process', undefined)
for (const [name, open] of FAR_WAYS) agentContract(name, open)
