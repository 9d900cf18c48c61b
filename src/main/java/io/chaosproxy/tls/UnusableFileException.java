package io.chaosproxy.tls;

import java.io.IOException;
import java.nio.file.Path;

/** A file with keys, certificates or passwords that can't be used. */
public final class UnusableFileException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Path file;

    /** {@code reason} continues a sentence that begins with the name of the file. */
    public UnusableFileException(Path file, String reason) {
        super(file + " " + reason);
        this.file = file;
    }

    /** The file. */
    public Path file() {
        return file;
    }
}
