"""The package's exceptions: each names its subject, the offending value and the remedy."""


class GAMNetError(Exception):
    """Base of all errors that a user can cause and mend.

    Parameters
    ----------
    subject : what is wrong, as a full clause ("Unknown property 'homo_lumo'").
    remedy : what to do about it ("Available: homo, lumo, gap").
    """

    def __init__(self, subject: str, remedy: str = "") -> None:
        self.subject = subject.rstrip(".")
        self.remedy = remedy.rstrip(".")
        super().__init__(". ".join(part for part in (self.subject, self.remedy) if part) + ".")


class StructureError(GAMNetError):
    """A structure is malformed: wrong count, NaN coordinates, two atoms at one place, ..."""


class ReadError(StructureError):
    """A file, text or SMILES cannot be turned into a structure."""


class UnknownPropertyError(GAMNetError):
    """A property id that the table or the model does not have."""


class UnknownModelError(GAMNetError):
    """A model name that is not in the index of shipped models."""


class UnknownDatasetError(GAMNetError):
    """A data set, an entry of it, or a split that does not exist."""


class OutOfDomainError(GAMNetError):
    """The model cannot describe the structure, e.g. an element absent from its training data."""


class CheckpointError(GAMNetError):
    """A checkpoint is missing, altered, or does not fit the network it describes."""


class ConfigError(GAMNetError):
    """A configuration file or value is not valid."""


class LabelError(GAMNetError):
    """Molecules cannot be listed or labelled."""


class StorageError(GAMNetError):
    """A file or folder cannot be written: a full disk, no permission, another writer."""


class LimitError(GAMNetError):
    """A file takes more time or memory to read than one visitor of a server may have."""


class BusyError(GAMNetError):
    """A server has too much to do for the moment."""


class WorkerError(GAMNetError):
    """A process that computes for this one ended before its work was done."""
