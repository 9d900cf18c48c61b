package io.chaosproxy.cli;

import io.chaosproxy.text.ProgramVersion;
import picocli.CommandLine.IVersionProvider;

/** Version of chaos-proxy and of the Java runtime. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {
            "chaos-proxy " + ProgramVersion.TEXT,
            "Java " + Runtime.version() + ", " + System.getProperty("java.vm.name")
        };
    }
}
