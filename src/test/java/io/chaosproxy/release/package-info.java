/** Releases: the script that makes one, and what the workflows of the repository run. */
@NullMarked
package io.chaosproxy.release;

import org.jspecify.annotations.NullMarked;
