package cli

// New is an App on the process's own streams, environment and clock, with all
// commands.
func New() *App {
	a := newApp()
	a.Commands = allCommands
	return a
}

// allCommands makes the command table of a session: options are fresh on each call.
func allCommands(s *session) []*command {
	return []*command{
		initCommand(s), statusCommand(s), verifyCommand(s), doctorCommand(s), rescueCommand(s), backupCommand(s), restoreCommand(s),
		trustCommand(s), policyCommand(s), destroyCommand(s),
		setCommand(s), updateCommand(s), getCommand(s), lsCommand(s), findCommand(s),
		mvCommand(s), cpCommand(s), rmCommand(s), editCommand(s), generateCommand(s), historyCommand(s), rollbackCommand(s), expiringCommand(s),
		runCommand(s), injectCommand(s), copyCommand(s), exportCommand(s), importCommand(s), otpCommand(s),
		livepersonCommand(s),
		unlockCommand(s), lockCommand(s), agentCommand(s),
		keyCommand(s), rotateCommand(s), exposedCommand(s),
		gitCredentialCommand(s), dockerCredentialCommand(s), awsCredentialCommand(s), kubeCredentialCommand(s), askpassCommand(s),
		ansibleVaultCommand(s), githubEnvCommand(s),
		versionCommand(s), helpCommand(s), manCommand(s), completionCommand(s), completeCommand(s), clearCommand(s),
	}
}
