package io.chaosproxy.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ChildTest {
    /** A program that starts another and dies without a chance to end it. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] args) throws Exception {
            Process child = Child.builder(List.of("sleep", "600")).start();
            System.out.println(child.pid());
            Runtime.getRuntime().halt(7);
        }
    }

    @Test
    void aChildDiesWithItsParent() throws Exception {
        List<String> command = Jvm.command(List.of("-cp", Jvm.ownClasses(), Parent.class.getName()));
        Process parent = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader said = parent.inputReader(StandardCharsets.UTF_8)) {
            long child = Long.parseLong(said.readLine());
            assertEquals(7, parent.waitFor());
            TestProxy.await(
                    "the end of the child",
                    () -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void aChildRunsAfterTheCommandsBeforeAndEndsAsItDoes() throws Exception {
        Process child = Child.builder("ulimit -n 123;", List.of("sh", "-c", "ulimit -n; exit 5"))
                .start();
        try (BufferedReader said = child.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("123", said.readLine());
            assertEquals(5, child.waitFor());
        }
    }
}
