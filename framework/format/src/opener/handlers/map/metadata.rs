//! METADATA: version, facts about the run, lists of sources.

use super::{Context, MAX_STRINGS};
use crate::error::{Error, Result};
use crate::map::{ElementType, FormatVersion, Metadata};

/// Version and the other fields. Formats before 1.0 state none of them.
pub(super) fn read(context: &mut Context) -> Result<(FormatVersion, Metadata)> {
    if !context.has("METADATA")? {
        return Err(context.missing("METADATA"));
    }
    let version = match text(context, "dataFormatVersion")? {
        Some(version) => FormatVersion::Stated(version),
        None => FormatVersion::Legacy,
    };
    let metadata = Metadata {
        creation_date: text(context, "creationDate")?,
        update_date: text(context, "updateDate")?,
        daq_library: text(context, "daqLibrary")?,
        karabo_framework: text(context, "karaboFramework")?,
        run_type: text(context, "runType")?,
        sample: text(context, "sample")?,
        proposal_number: number(context, "proposalNumber")?,
        run_number: number(context, "runNumber")?,
        sequence_number: number(context, "sequenceNumber")?,
    };
    Ok((version, metadata))
}

/// Element 0 of a METADATA string dataset.
fn text(context: &mut Context, name: &str) -> Result<Option<String>> {
    let path = format!("METADATA/{name}");
    if !context.has(&path)? {
        return Ok(None);
    }
    let dataset = context.file.dataset(&path)?;
    match dataset.element() {
        ElementType::VarString | ElementType::FixedString(_) if dataset.rows() > 0 => {
            let strings = dataset.read_byte_strings(&[(0, 1)], MAX_STRINGS)?;
            let text = strings.first().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            if text.as_ref().is_some_and(|text| text.contains('\0')) {
                return Err(Error::input(format!("{path} holds a NUL byte"), context.place(&path)));
            }
            Ok(text)
        }
        ElementType::VarString | ElementType::FixedString(_) => Ok(None),
        _ => {
            context.odd(&path, "not a string");
            Ok(None)
        }
    }
}

fn number(context: &mut Context, name: &str) -> Result<Option<u32>> {
    let path = format!("METADATA/{name}");
    if !context.has(&path)? {
        return Ok(None);
    }
    let dataset = context.file.dataset(&path)?;
    if dataset.rows() == 0 {
        return Ok(None);
    }
    let bytes = dataset.read_rows(&[(0, 1)], 1024)?;
    let value = super::walk::integers(dataset.element(), &bytes).and_then(|mut values| values.next());
    let number = value.and_then(|value| u32::try_from(value).ok());
    if number.is_none() {
        context.odd(&path, "not a number of 32 bits");
    }
    Ok(number)
}

/// dataSourceId, empty strings dropped. The list stands in METADATA/dataSources since 1.0, in METADATA before.
pub(super) fn data_sources(context: &mut Context) -> Result<Vec<String>> {
    let path = ["METADATA/dataSources/dataSourceId", "METADATA/dataSourceId"];
    for path in path {
        if context.has(path)? {
            return list(context, path);
        }
    }
    Err(context.missing(path[0]))
}

/// Entries of METADATA/auxiliarySources/{REDUCTION, ERRATA}.
pub(super) fn auxiliary_sources(context: &mut Context) -> Result<Vec<String>> {
    let mut sources = Vec::new();
    for name in ["REDUCTION", "ERRATA"] {
        let path = format!("METADATA/auxiliarySources/{name}");
        if context.has(&path)? {
            sources.extend(list(context, &path)?);
        }
    }
    Ok(sources)
}

/// That `root` and `deviceId` together spell each `dataSourceId`. Readers need only the latter.
pub(super) fn compare_lists(context: &mut Context) -> Result<()> {
    let modern = context.has("METADATA/dataSources")?;
    let base = if modern { "METADATA/dataSources" } else { "METADATA" };
    let mut lists = Vec::new();
    for name in ["dataSourceId", "root", "deviceId"] {
        let path = format!("{base}/{name}");
        match strings(context, &path)? {
            Some(list) => lists.push(list),
            None => context.odd(&path, "there is no such list of strings"),
        }
    }
    let [ids, roots, devices] = lists.as_slice() else { return Ok(()) };
    for (name, list) in [("root", roots), ("deviceId", devices)] {
        if list.len() != ids.len() {
            context.odd(&format!("{base}/{name}"), format!("{} entries for {} sources", list.len(), ids.len()));
        }
    }
    let spelt = roots.iter().zip(devices).map(|(root, device)| format!("{root}/{device}"));
    let differ = ids.iter().zip(spelt).find(|(id, spelt)| !id.is_empty() && *id != spelt);
    if let Some((id, spelt)) = differ {
        context.odd(&format!("{base}/dataSourceId"), format!("`{id}` here, `{spelt}` by root and deviceId"));
    }
    Ok(())
}

/// `None`: missing, or something else than a list of strings.
fn strings(context: &Context, path: &str) -> Result<Option<Vec<String>>> {
    if !context.has(path)? {
        return Ok(None);
    }
    let dataset = context.file.dataset(path)?;
    let text = dataset.element().is_text();
    if dataset.shape().len() != 1 || !text {
        return Ok(None);
    }
    if dataset.rows() == 0 {
        return Ok(Some(Vec::new()));
    }
    dataset.read_strings(MAX_STRINGS).map(Some)
}

fn list(context: &mut Context, path: &str) -> Result<Vec<String>> {
    let dataset = context.file.dataset(path)?;
    if dataset.shape().len() != 1 {
        return Err(Error::input(format!("{path} is not one-dimensional"), context.place(path)));
    }
    if dataset.rows() == 0 {
        return Ok(Vec::new());
    }
    let strings = dataset.read_strings(MAX_STRINGS)?;
    if let Some(empty) = strings.iter().position(String::is_empty) {
        if strings[empty..].iter().any(|text| !text.is_empty()) {
            context.odd(path, format!("entry {empty} is empty, later ones are not"));
        }
    }
    Ok(strings.into_iter().filter(|text| !text.is_empty()).collect())
}
